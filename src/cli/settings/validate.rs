//! Validation of values that the parser accepts as text: errors in the project
//! file are reported with their place, whatever else is given.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::diagnostics::Fatal;
use crate::cli::{resolve, values};
use crate::error::Error;
use crate::glob::Globs;

/// The parser for the text of an option.
enum Meaning {
    Size,
    WorkerMemory,
    Time,
    Duration,
    Workers,
    Extension,
    Glob,
    Expression,
}

fn meaning(name: &str) -> Option<Meaning> {
    Some(match name {
        "min-size" | "max-size" | "max-reclaimable" => Meaning::Size,
        "worker-memory" => Meaning::WorkerMemory,
        "newer-than" | "older-than" => Meaning::Time,
        "timeout" => Meaning::Duration,
        "workers" => Meaning::Workers,
        "extension" => Meaning::Extension,
        "include" | "exclude" => Meaning::Glob,
        "include-regex" | "exclude-regex" => Meaning::Expression,
        _ => return None,
    })
}

/// Checks that a text is valid as the value of an option.
///
/// # Errors
///
/// If it is not. The message begins with the name of the option.
pub(super) fn check(name: &str, text: &str) -> Result<(), Fatal> {
    let Some(meaning) = meaning(name) else {
        return Ok(());
    };
    let named = |reason: String| Fatal::new(format!("--{name}: {reason}"));
    match meaning {
        Meaning::Size => values::size(text).map(drop).map_err(named),
        Meaning::WorkerMemory => values::worker_memory(text).map(drop).map_err(named),
        // It is valid in every time zone or in none.
        Meaning::Time => values::when(text, &Timestamp::now().to_zoned(TimeZone::UTC))
            .map(drop)
            .map_err(named),
        Meaning::Duration => values::timeout(text).map(drop).map_err(named),
        Meaning::Workers => resolve::workers(text).map(drop),
        Meaning::Extension => {
            let list: Vec<_> = text.split(',').map(str::to_owned).collect();
            resolve::extensions(&list).map(drop)
        }
        Meaning::Glob => glob(text),
        Meaning::Expression => match regex::bytes::Regex::new(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(Fatal::from(Error::Pattern {
                what: "regular expression",
                pattern: text.to_owned(),
                reason: error.to_string(),
            })),
        },
    }
}

/// Checks that a glob of the project file is valid, and can match a path.
pub(super) fn glob(text: &str) -> Result<(), Fatal> {
    Globs::new(&[text.to_owned()]).map_err(Fatal::from)?;
    let Some((part, hint)) = impossible_part(text) else {
        return Ok(());
    };
    let fatal = Fatal::new(format!(
        "the glob {text:?} matches nothing: no path contains {part:?}"
    ));
    Err(fatal.hint(hint))
}

/// The part of a glob that no path can contain, and what to write instead.
fn impossible_part(glob: &str) -> Option<(&'static str, &'static str)> {
    if glob.contains("//") {
        return Some(("//", "write one slash"));
    }
    // A leading `./` and a slash at the end are allowed.
    let rest = glob.strip_prefix("./").unwrap_or(glob);
    if rest.is_empty() {
        return Some((".", "\"**\" matches everything"));
    }
    rest.split('/').find_map(|part| match part {
        ".." => Some((
            "..",
            "a glob that starts with a slash is matched against the absolute path",
        )),
        "." if rest == "." => Some((".", "\"**\" matches everything")),
        "." => Some((".", "leave it out")),
        _ => None,
    })
}

/// Returns true if the texts of an option are checked here.
#[cfg(test)]
pub fn is_known(name: &str) -> bool {
    meaning(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_text_is_understood_or_named() {
        for (name, right, wrong) in [
            ("min-size", "1.5k", "5x"),
            ("max-size", "0", "-1"),
            ("max-reclaimable", "1M", ""),
            ("worker-memory", "1G", "G"),
            ("worker-memory", "64M", "1M"),
            ("newer-than", "2w", "soon"),
            ("older-than", "2026-01-31", "2026"),
            ("timeout", "30s", "30"),
            ("workers", "auto", "0"),
            ("extension", "jpg, .png", "*.jpg"),
            ("extension", "jpg", ""),
            ("include", "a/**/*.jpg", "a["),
            ("exclude", "build/", "../a"),
            ("include-regex", r"\d+", "("),
            ("exclude-regex", "a|b", "*"),
        ] {
            assert_eq!(check(name, right), Ok(()), "{name}");
            let error = check(name, wrong).expect_err(name).to_string();
            assert!(error.contains(&format!("{wrong:?}")), "{name}: {error}");
        }
        assert_eq!(check("reference", "("), Ok(()), "a path is any text");
    }
}
