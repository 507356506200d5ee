//! HTML pages of strangers.

use std::collections::HashMap;

/// Elements in each other that are read; browsers go on as if further ones were beside each other, from about 500 on.
const DEEPEST: usize = 4096;
/// Elements that hold no others: without content, or closed by the next of their kind
/// ([HTML § optional tags](https://html.spec.whatwg.org/multipage/syntax.html#optional-tags)).
const FLAT: [&str; 21] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "source", "td", "th", "tr", "track", "wbr",
];
/// Elements whose content is text, whatever stands in it.
const TEXT: [&str; 4] = ["script", "style", "textarea", "title"];

/// The beginning of a page in which no more elements are open at a time than a reader can take: the time that a parser
/// takes for an element grows with those that are open around it.
pub fn shallow(html: &str) -> &str {
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        at = start + 1;
        let tag = html.get(at..).unwrap_or_default();
        if tag.starts_with("!--") {
            at += tag.find("-->").unwrap_or(tag.len());
        } else if let Some(end) = tag.strip_prefix('/') {
            if let Some(count) = open.get_mut(&name(end)).filter(|count| **count > 0) {
                *count -= 1;
                depth -= 1;
            }
        } else if tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = name(tag);
            if TEXT.contains(&name.as_str()) {
                at += end_of_text(tag, &name);
            } else if !FLAT.contains(&name.as_str()) {
                *open.entry(name).or_default() += 1;
                depth += 1;
                if depth > DEEPEST {
                    return html.get(..start).unwrap_or_default();
                }
            }
        }
    }
    html
}

/// The name of an element, in lower case.
fn name(tag: &str) -> String {
    let name = tag.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).next();
    name.unwrap_or_default().chars().take(32).collect::<String>().to_ascii_lowercase()
}

/// Where the text in an element ends.
fn end_of_text(tag: &str, element: &str) -> usize {
    let mut ends = tag.match_indices("</");
    let end = ends.find(|(at, _)| tag.get(at + 2..).is_some_and(|end| name(end) == element));
    end.map_or(tag.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_within_too_much_is_left_out() {
        let page = "<!doctype html><p>a<br>b<img src=x></p><i>".repeat(DEEPEST);
        assert_eq!(shallow(&page), page, "one is left open each time");
        assert_ne!(shallow(&format!("{page}<i>")), format!("{page}<i>"));
        assert_eq!(shallow(&"<b>".repeat(2 * DEEPEST)).len(), 3 * DEEPEST);
        assert_eq!(
            shallow(&"<b></c>".repeat(2 * DEEPEST)).len(),
            7 * DEEPEST,
            "an end of nothing ends nothing"
        );
        for flat in ["<A></a>", "<input>", "<li>", "a < b <3 ", "<!-- <b> -->", "<script>i<n;j<m</script>"] {
            let page = flat.repeat(2 * DEEPEST);
            assert!(shallow(&page) == page, "{flat}");
        }
    }
}
