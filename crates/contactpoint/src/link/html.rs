//! A page that needs nothing beside itself: no script, no font, no picture from elsewhere.

use std::fmt;

/// Text as it stands in a page, whatever it holds: the only way a value gets into one.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            // HTML knows no other control characters; browsers differ in what they make of them.
            '\t' | '\n' => f.write_str(" "),
            letter if letter.is_control() => f.write_str("\u{fffd}"),
            letter => fmt::Write::write_char(f, letter),
        })
    }
}

/// A name of a rule, level or group: text that a narrow column may break after the dots and underscores that join words.
pub struct Name<'a>(pub &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joints = ['.', '_', '&', '-'];
        self.0.split_inclusive(joints).try_for_each(|part| {
            let joins_words =
                part.strip_suffix(joints).is_some_and(|word| word.ends_with(char::is_alphabetic));
            write!(f, "{}{}", Text(part), if joins_words { "<wbr>" } else { "" })
        })
    }
}

/// A whole page. `title` is text, `class` a word the style knows, `body` markup.
pub fn page(title: &str, class: &str, body: &str) -> String {
    let (title, style) = (Text(title), include_str!("page.css"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>\n{style}</style>\n\
         </head>\n<body class=\"{class}\">\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// A table that scrolls by itself where it is too wide. The caption and the headings are text, the rows are markup;
/// headings that begin with `#` stand over numbers.
pub fn table(caption: &str, headings: &[&str], rows: &str) -> String {
    let heading = |name: &&str| match name.strip_prefix('#') {
        Some(name) => format!("<th scope=\"col\" class=\"n\">{}</th>", Text(name)),
        None => format!("<th scope=\"col\">{}</th>", Text(name)),
    };
    let head: String = headings.iter().map(heading).collect();
    let caption = Text(caption);
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table>\n\
         <caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// A cell of a number.
pub fn number(value: impl fmt::Display) -> String {
    format!("<td class=\"n\">{value}</td>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_called_script_stays_a_name() {
        let name = Text("<script>alert('x')</script> O\"Brien & Söhne\u{0}").to_string();
        assert_eq!(name, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; O&quot;Brien &amp; Söhne\u{fffd}");
    }

    #[test]
    fn a_name_breaks_where_it_is_joined() {
        assert_eq!(Name("a&b.full 0.9").to_string(), "a&amp;<wbr>b.<wbr>full 0.9");
    }

    #[test]
    fn a_page_refers_to_nothing_outside_itself() {
        let page = page("Linkage <report>", "report", "");
        assert!(page.contains("<title>Linkage &lt;report&gt;</title>"));
        for outside in ["http", "src=", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
