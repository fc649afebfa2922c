//! Names under which files are put, and the hint that a name's ending gives.

pub(crate) use strongroom_format::names::{copy_name, put_name};

/// The media type by the name's ending; a hint for viewers, nothing more.
pub(crate) fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        Some("svg") => "image/svg+xml",
        Some("pdf") => "application/pdf",
        Some("txt" | "log" | "md") => "text/plain",
        Some("csv") => "text/csv",
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("wav") => "audio/wav",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        Some("mov") => "video/quicktime",
        Some("zip") => "application/zip",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("odt") => "application/vnd.oasis.opendocument.text",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_put() {
        assert_eq!(put_name("/tmp/a b.txt").as_deref(), Some("a b.txt"));
        assert_eq!(put_name("x\u{202e}y"), Some("xy".into()));
        for wrong in ["", "..", "/", "\u{200b}", &"x".repeat(2000)] {
            assert_eq!(put_name(wrong), None, "{wrong:?}");
        }
        assert_eq!(copy_name("a.pdf"), "a (conflict copy).pdf");
        assert_eq!(copy_name("a"), "a (conflict copy)");
        assert_eq!(media_type("a.JPG"), "image/jpeg");
    }
}
