use super::{Style, text::clean};
use unicode_width::UnicodeWidthStr;

/// Aligned `label  value` lines about one thing.
#[derive(Debug, Default)]
pub struct Details(Vec<(String, String)>);

impl Details {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line; text from people is made harmless for a terminal.
    #[must_use]
    pub fn add(mut self, label: &str, value: impl AsRef<str>) -> Self {
        self.0.push((clean(label), clean(value.as_ref())));
        self
    }

    /// Adds a line when there is a value.
    #[must_use]
    pub fn maybe(self, label: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.add(label, value),
            None => self,
        }
    }

    /// The text, each line ended.
    pub fn render(&self, style: Style) -> String {
        let width = self
            .0
            .iter()
            .map(|(label, _)| label.width())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for (label, value) in &self.0 {
            let gap = " ".repeat(width - label.width() + 2);
            // a value with line ends goes below its label
            let value = value.replace('↵', &format!("\n{}", " ".repeat(width + 2)));
            let line = format!("{}{gap}{value}", style.dim(label));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_aligned() {
        let details = Details::new()
            .add("name", "anna")
            .maybe("none", None::<&str>)
            .add("identity", "a\nb");
        assert_eq!(
            details.render(Style::plain()),
            "name      anna\nidentity  a\n          b\n"
        );
    }
}
