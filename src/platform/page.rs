//! A web page where the platform's answer should be: a gateway's, or the web server's own.

use super::text;

/// Stands for a body that came in part, or cannot be read: as little an answer as a page.
pub(crate) const UNREADABLE: &[u8] = b"<";

/// What no reader sees, and how it ends.
const HIDDEN: [(&str, &str); 3] = [
    ("<!--", "-->"),
    ("<script", "</script>"),
    ("<style", "</style>"),
];

/// The page's title or, without one, its first words; `None` for what is no page.
pub(crate) fn words(text: &str, secrets: &[&str]) -> Option<String> {
    let text = text.trim_start();
    if !text.starts_with('<') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let title = title(text, &lower).filter(|title| !title.trim().is_empty());
    let words = title.map_or_else(|| visible(text, &lower), str::to_owned);
    // Masked before white space goes, which a secret may hold.
    let words = text::excerpt(&words, secrets);
    let words: Vec<&str> = words.split_whitespace().collect();
    Some(words.join(" "))
}

/// `lower` is the page in small letters, which has the same places.
fn title<'a>(page: &'a str, lower: &str) -> Option<&'a str> {
    let tag = lower.find("<title")?;
    let start = tag + lower[tag..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(&page[start..end])
}

/// The text between the tags.
fn visible(page: &str, lower: &str) -> String {
    let (mut words, mut at) = (String::new(), 0);
    while let Some(length) = lower[at..].find('<') {
        let tag = at + length;
        words.push_str(page[at..tag].trim());
        words.push(' ');
        let hidden = HIDDEN
            .iter()
            .find(|(start, _)| lower[tag..].starts_with(start));
        let end = hidden.map_or(">", |(_, end)| end);
        match lower[tag..].find(end) {
            Some(length) => at = tag + length + end.len(),
            None => return words,
        }
    }
    words + &page[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_by_its_title_or_its_first_words() {
        for (page, name) in [
            (
                "<html><head><TITLE lang=zh>\r\n 上网行为\n管理 </TITLE></head><body>x</body>",
                "上网行为 管理",
            ),
            (
                "\n<!DOCTYPE html><title></title><style>p{}</style><p>Access <b>denied</b>",
                "Access denied",
            ),
            (
                "<body><!-- a > b --><SCRIPT>if (a < b) {}</SCRIPT><h1>403 Forbidden</h1></body>",
                "403 Forbidden",
            ),
            ("<title>cut", "cut"),
            ("<p>a</p><scr", "a"),
            ("<", ""),
            (
                "<title>Blocked: ?ticket=SE%63R  ET</title>",
                "Blocked: ?ticket=***",
            ),
        ] {
            assert_eq!(words(page, &["secr  et"]).as_deref(), Some(name), "{page}");
        }
        for answer in ["", "{}", "\"<html>\"", "Forbidden"] {
            assert_eq!(words(answer, &[]), None, "{answer}");
        }
    }
}
