//! The part of a directory that another one has.

use std::fmt;
use std::str::FromStr;

/// A part of a whole, such as 90 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Containment {
    thousandths: u16,
}

impl Containment {
    /// Returns true if `part` of `all` is at least this part.
    #[must_use]
    pub fn is_met(self, part: usize, all: usize) -> bool {
        part > 0 && part as u128 * 1000 >= all as u128 * u128::from(self.thousandths)
    }
}

/// The text is not a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it takes a percentage from 1% to 100%, such as 90% or 99.5%")]
pub struct ParseContainmentError;

impl FromStr for Containment {
    type Err = ParseContainmentError;

    fn from_str(text: &str) -> Result<Self, ParseContainmentError> {
        let text = text.trim();
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(tenth) || tenth.len() > 1 {
            return Err(ParseContainmentError);
        }
        let part = |text: &str| text.parse::<u16>().map_err(|_| ParseContainmentError);
        let thousandths = part(whole)?
            .checked_mul(10)
            .and_then(|whole| whole.checked_add(part(tenth).ok()?));
        match thousandths {
            Some(thousandths @ 10..=1000) => Ok(Self { thousandths }),
            _ => Err(ParseContainmentError),
        }
    }
}

/// The text that [`Containment::from_str`] takes.
impl fmt::Display for Containment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tenth) = (self.thousandths / 10, self.thousandths % 10);
        match tenth {
            0 => write!(f, "{whole}%"),
            _ => write!(f, "{whole}.{tenth}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_as_they_are_written() {
        for (text, shown) in [
            ("90%", "90%"),
            (" 90 ", "90%"),
            ("99.5 %", "99.5%"),
            ("100%", "100%"),
            ("1", "1%"),
        ] {
            assert_eq!(text.parse::<Containment>().unwrap().to_string(), shown);
        }
        for text in [
            "", "%", "0", "0.5", "101%", "100.1", "-90", "+90", "9e1", "90.", ".5", "90.55", "1/2",
            "99999999",
        ] {
            assert!(text.parse::<Containment>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_is_met_exactly() {
        let most: Containment = "90%".parse().unwrap();
        assert!(most.is_met(9, 10) && most.is_met(1204, 1207));
        assert!(!most.is_met(89, 99) && !most.is_met(0, 0));
        let all: Containment = "100%".parse().unwrap();
        assert!(all.is_met(usize::MAX, usize::MAX) && !all.is_met(usize::MAX - 1, usize::MAX));
    }
}
