//! The nearest valid name for a wrong one.

/// The candidate nearest to a wrong name, if it is near enough. Case does not
/// matter here, and `_` is a `-`.
pub(crate) fn nearest<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let wrong = plain(wrong);
    let near = candidates.into_iter().filter_map(|candidate| {
        let distance = strsim::osa_distance(&wrong, &plain(candidate));
        // One typo in a short word, two in a longer one: any further is another
        // word.
        let most = (candidate.chars().count() / 3).clamp(1, 3);
        (distance <= most).then_some((distance, candidate))
    });
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The question that a hint asks.
pub(crate) fn did_you_mean(name: &str) -> String {
    format!("did you mean {name:?}?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognised_and_other_words_are_not() {
        let names = ["exclude", "exclude-regex", "min-size", "max-size", "hash"];
        for (wrong, expected) in [
            ("exlude", Some("exclude")),
            ("excldue", Some("exclude")),
            ("exclude_regex", Some("exclude-regex")),
            ("MIN_SIZE", Some("min-size")),
            ("minsize", Some("min-size")),
            ("max-szie", Some("max-size")),
            ("hsah", Some("hash")),
            ("mash", Some("hash")),
            ("size", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), expected, "{wrong}");
        }
    }
}
