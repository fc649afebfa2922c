//! Images are made smaller before sealing when the tenant's policy says so: the turn that the
//! camera noted is applied, and everything else that it noted, the place among it, is dropped.

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Files above this are never decoded.
const SOURCE_MAX_BYTES: u64 = 64 << 20;
/// Longest edge that is decoded; together with the allocation limit it stops bombs.
const EDGE_MAX_PIXELS: u32 = 20_000;
const DECODED_MAX_BYTES: u64 = 512 << 20;
const THUMBNAIL_PIXELS: u32 = 256;
const JPEG_QUALITY: u8 = 85;
const THUMBNAIL_QUALITY: u8 = 70;

/// An image made anew.
pub struct Shrunk {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
}

/// Whether a file of this name and size may be an image that is looked at.
pub fn is_candidate(media_type: &str, bytes: u64) -> bool {
    bytes > 0
        && bytes <= SOURCE_MAX_BYTES
        && matches!(media_type, "image/jpeg" | "image/png" | "image/webp")
}

/// Makes an image fit into `max_pixels` on its longer edge. `None`: it is small enough and
/// carries no place, or it is not an image that can be read; then the original stands.
pub fn shrink(source: &[u8], max_pixels: u64) -> Option<Shrunk> {
    let max_pixels = u32::try_from(max_pixels).unwrap_or(u32::MAX).max(1);
    let (image, format, orientation) = decode(source)?;
    let fits = image.width() <= max_pixels && image.height() <= max_pixels;
    if fits && !has_place(source) {
        return None;
    }
    let mut image = if fits {
        image
    } else {
        image.resize(
            max_pixels,
            max_pixels,
            image::imageops::FilterType::Lanczos3,
        )
    };
    image.apply_orientation(orientation);
    match format {
        ImageFormat::Jpeg => jpeg(&image, JPEG_QUALITY).map(|bytes| Shrunk {
            bytes,
            media_type: "image/jpeg",
        }),
        ImageFormat::Png => written(&image, ImageFormat::Png).map(|bytes| Shrunk {
            bytes,
            media_type: "image/png",
        }),
        _ => written(&image, ImageFormat::WebP).map(|bytes| Shrunk {
            bytes,
            media_type: "image/webp",
        }),
    }
}

/// A small JPEG for listings, or `None` if the source is not an image that can be read.
pub fn thumbnail(source: &[u8]) -> Option<Vec<u8>> {
    let (image, _, orientation) = decode(source)?;
    let mut image = image.thumbnail(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS);
    image.apply_orientation(orientation);
    jpeg(&image, THUMBNAIL_QUALITY)
        .filter(|bytes| bytes.len() <= strongroom_format::file::THUMBNAIL_MAX_BYTES)
}

fn decode(source: &[u8]) -> Option<(DynamicImage, ImageFormat, Orientation)> {
    let mut reader = ImageReader::new(Cursor::new(source))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(EDGE_MAX_PIXELS);
    limits.max_image_height = Some(EDGE_MAX_PIXELS);
    limits.max_alloc = Some(DECODED_MAX_BYTES);
    reader.limits(limits);
    let format = reader.format().filter(|format| {
        matches!(
            format,
            ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
        )
    })?;
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Some((
        DynamicImage::from_decoder(decoder).ok()?,
        format,
        orientation,
    ))
}

fn has_place(source: &[u8]) -> bool {
    exif::Reader::new()
        .read_from_container(&mut Cursor::new(source))
        .is_ok_and(|exif| {
            exif.fields()
                .any(|field| field.tag.context() == exif::Context::Gps)
        })
}

fn jpeg(image: &DynamicImage, quality: u8) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&image.to_rgb8())
        .ok()?;
    Some(bytes)
}

fn written(image: &DynamicImage, format: ImageFormat) -> Option<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).ok()?;
    Some(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 256) as u8, (y % 256) as u8, 80])
        }))
    }

    /// A JPEG with an EXIF block: orientation 6 (turn right) and a GPS latitude reference.
    fn camera_jpeg(width: u32, height: u32) -> Vec<u8> {
        let plain = jpeg(&picture(width, height), 90).unwrap();
        let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
        tiff.extend([0, 2]);
        tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
        tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
        tiff.extend([0, 0, 0, 0]);
        tiff.extend([0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
        let mut block = b"Exif\0\0".to_vec();
        block.extend(tiff);
        let mut bytes = plain[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(((block.len() + 2) as u16).to_be_bytes());
        bytes.extend(block);
        bytes.extend(&plain[2..]);
        bytes
    }

    #[test]
    fn large_images_shrink_turned_and_without_place() {
        let source = camera_jpeg(800, 400);
        assert!(has_place(&source), "the test's own picture has a place");
        let shrunk = shrink(&source, 200).unwrap();
        let image = image::load_from_memory(&shrunk.bytes).unwrap();
        assert_eq!(
            (image.width(), image.height()),
            (100, 200),
            "turned and fitted"
        );
        assert!(!has_place(&shrunk.bytes));
        assert!(!shrunk.bytes.windows(4).any(|window| window == b"Exif"));
    }

    #[test]
    fn small_images_stay_unless_they_tell_a_place() {
        let plain = jpeg(&picture(100, 100), 90).unwrap();
        assert!(shrink(&plain, 200).is_none());
        assert!(!has_place(
            &shrink(&camera_jpeg(100, 60), 200).unwrap().bytes
        ));
    }

    #[test]
    fn what_is_no_image_stays() {
        assert!(shrink(b"", 100).is_none());
        assert!(shrink(b"\xff\xd8\xff\xe0 not really", 100).is_none());
        assert!(thumbnail(b"text").is_none());
        let png = written(&picture(1000, 10), ImageFormat::Png).unwrap();
        assert_eq!(shrink(&png, 100).unwrap().media_type, "image/png");
        assert!(thumbnail(&png).is_some());
    }
}
