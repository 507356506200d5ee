//! What is wrong in a file of the user's: shown with file, line and caret, all of it at once.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What stands under the caret.
    pub label: String,
    /// What to do, where the message does not say it.
    pub help: Option<String>,
}

/// Everything that is wrong in a file. Displayed with the lines it is about, in colours that a writer may strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The path as the user gave it.
    pub path: String,
    /// The text of the file.
    pub source: String,
    /// At least one, in the order of the file.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::styled();
        for (at, problem) in self.problems.iter().enumerate() {
            let caret = AnnotationKind::Primary.span(problem.span.clone()).label(&problem.label);
            let snippet = Snippet::source(&self.source).path(&self.path).annotation(caret);
            let mut group = Level::ERROR.primary_title(&problem.message).element(snippet);
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(help));
            }
            if at > 0 {
                writeln!(f, "\n")?;
            }
            f.write_str(&renderer.render(&[group]))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The known word that a misspelt one most resembles, if one does.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// From there on two words look like one with a typing error.
    const ALIKE: f64 = 0.8;
    let scored = known.into_iter().map(|known| (strsim::jaro_winkler(word, known), known));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// That a text is none of the words there are.
pub(super) fn unknown<'w>(text: &str, words: impl Iterator<Item = &'w str> + Clone) -> String {
    match closest(text, words.clone()) {
        Some(alike) => format!("{text:?} is unknown; did you mean {alike}?"),
        None => format!("{text:?} is unknown; there are {}", words.collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_typing_error_is_recognised_and_another_word_is_not() {
        let known = ["registration", "parameters", "scope"];
        assert_eq!(closest("registraton", known), Some("registration"));
        assert_eq!(closest("params", known), Some("parameters"));
        assert_eq!(closest("headers", known), None);
    }
}
