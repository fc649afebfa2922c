use super::{Style, text::clean};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Rows under aligned headings.
#[derive(Debug)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        Self {
            headings: headings.iter().map(|text| (*text).to_owned()).collect(),
            rows: Vec::new(),
            right: Vec::new(),
        }
    }

    /// Aligns these columns (counted from 0) to the right: numbers.
    #[must_use]
    pub fn right(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// Adds a row; cells are made harmless for a terminal.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows
            .push(cells.into_iter().map(|cell| clean(cell.as_ref())).collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text, each line ended. Columns are two spaces apart; where the terminal is too
    /// narrow, the widest columns are cut, never the first (it is what the next command needs).
    pub fn render(&self, style: Style) -> String {
        let mut widths: Vec<usize> = self.headings.iter().map(|cell| cell.width()).collect();
        // a file or a pipe has room for everything
        let longest = if style.width.is_some() {
            60
        } else {
            usize::MAX
        };
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width().min(longest));
            }
        }
        if let Some(room) = style.width {
            shrink(&mut widths, room);
        }
        let mut text = style.bold(&self.line(&self.headings, &widths));
        text.push('\n');
        for row in &self.rows {
            text.push_str(&self.line(row, &widths));
            text.push('\n');
        }
        text
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            if column > 0 {
                line.push_str("  ");
            }
            let cell = cut(cell, *width);
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            if self.right.contains(&column) {
                line.push_str(&gap);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&gap);
            }
        }
        line.trim_end().to_owned()
    }
}

fn shrink(widths: &mut [usize], room: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        let Some(widest) = widths.iter_mut().skip(1).max_by_key(|width| **width) else {
            return;
        };
        if *widest <= 8 {
            return;
        }
        *widest -= 1;
    }
}

/// Cuts to `width` columns with an ellipsis.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        kept.push(character);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["ID", "NAME", "SIZE"]).right(&[2]);
        table.row(["a1", "Müller", "5 B"]);
        table.row(["b22222", "名前", "12.0 KiB"]);
        assert_eq!(
            table.render(Style::plain()),
            "ID      NAME        SIZE\na1      Müller       5 B\nb22222  名前    12.0 KiB\n"
        );
    }

    #[test]
    fn narrow_terminals_cut_the_widest_column() {
        let mut table = Table::new(&["ID", "TITLE"]);
        table.row(["abcdefgh".to_owned(), "x".repeat(60)]);
        let style = Style {
            width: Some(40),
            ..Style::plain()
        };
        let text = table.render(style);
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
        assert!(text.contains('…'));
    }
}
