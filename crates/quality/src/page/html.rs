//! Markup that needs nothing beside itself: no script, no font, no picture from elsewhere.

use std::fmt;

/// Text as it stands in a page, whatever it holds: the only way a text gets into one.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            letter if letter.is_control() => f.write_str(" "),
            letter => fmt::Write::write_char(f, letter),
        })
    }
}

/// The name of a field: text that a narrow column may break after the underscores that join its words.
pub(super) struct Field<'a>(pub(super) &'a str);

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.split_inclusive('_').try_for_each(|part| {
            write!(f, "{}{}", Text(part), if part.ends_with('_') { "<wbr>" } else { "" })
        })
    }
}

/// A number with its thousands apart.
pub(super) fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of a whole in hundredths, where something is there never as nothing.
pub(super) fn percent(part: u64, of: u64) -> String {
    if of == 0 || part == 0 {
        return "0%".to_owned();
    }
    share(part as f64 / of as f64)
}

/// The same of a share from 0 to 1.
pub(super) fn share(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        _ if percent <= 0.0 => "0%".to_owned(),
        _ if percent < 0.1 => "under 0.1%".to_owned(),
        _ if percent < 9.95 => format!("{percent:.1}%"),
        _ if percent > 99.5 && percent < 100.0 => format!("{:.1}%", percent.min(99.9)),
        _ => format!("{percent:.0}%"),
    }
}

/// A heading of a table; those of numbers stand to the right.
pub(super) struct Heading(pub(super) &'static str, pub(super) bool);

/// A table that scrolls by itself where it is too wide. Rows are markup.
pub(super) fn table(caption: &str, class: &str, headings: &[Heading], rows: &str) -> String {
    let heading = |Heading(name, number): &Heading| {
        format!("<th scope=\"col\"{}>{}</th>", if *number { " class=\"n\"" } else { "" }, Text(name))
    };
    let head: String = headings.iter().map(heading).collect();
    let caption = Text(caption);
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table class=\"{class}\">\n\
         <caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// The whole page. `title` is text, `body` markup.
pub(super) fn document(title: &str, body: &str) -> String {
    let (title, style) = (Text(title), include_str!("page.css"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>\n{style}</style>\n\
         </head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_called_script_stays_a_name_and_shares_are_never_rounded_to_nothing_or_all() {
        assert_eq!(Text("<script>'&'\u{0}").to_string(), "&lt;script&gt;&#39;&amp;&#39; ");
        assert_eq!([whole(7), whole(1_234_567)], ["7", "1,234,567"]);
        assert_eq!(
            [percent(1, 1_000_000), percent(999_999, 1_000_000), percent(5, 5)],
            ["under 0.1%", "99.9%", "100%"]
        );
    }
}
