//! The part of a directory that another one has.

/// A part of a whole, such as 90 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Containment {
    thousandths: u16,
}

impl Containment {
    /// So many percent: from 1 to 100, or the nearest of them.
    #[must_use]
    pub fn percent(percent: u8) -> Self {
        Self {
            thousandths: u16::from(percent.clamp(1, 100)) * 10,
        }
    }

    /// Understands a percentage such as `90%` or `99.5%`.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "it takes a percentage from 1% to 100%, such as 90% or 99.5%";
        let text = text.trim();
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(tenth) || tenth.len() > 1 {
            return Err(WRONG);
        }
        let part = |text: &str| text.parse::<u16>().ok();
        let thousandths = part(whole)
            .and_then(|whole| whole.checked_mul(10))
            .and_then(|whole| whole.checked_add(part(tenth)?));
        match thousandths {
            Some(thousandths @ 10..=1000) => Ok(Self { thousandths }),
            _ => Err(WRONG),
        }
    }

    /// Returns true if `part` of `all` is at least this part.
    pub(crate) fn is_met(self, part: usize, all: usize) -> bool {
        part > 0 && part as u128 * 1000 >= all as u128 * u128::from(self.thousandths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_at_most_one_decimal() {
        for (text, thousandths) in [
            ("90%", 900),
            (" 90 ", 900),
            ("99.5 %", 995),
            ("100%", 1000),
            ("1", 10),
        ] {
            assert_eq!(Containment::parse(text).unwrap().thousandths, thousandths);
        }
        for text in [
            "", "%", "0", "0.5", "101%", "100.1", "-90", "+90", "9e1", "90.", ".5", "90.55", "1/2",
            "99999999",
        ] {
            assert!(Containment::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_is_met_exactly() {
        let most = Containment::percent(90);
        assert!(most.is_met(9, 10) && most.is_met(1204, 1207));
        assert!(!most.is_met(89, 99) && !most.is_met(0, 0));
        let all = Containment::percent(100);
        assert!(all.is_met(usize::MAX, usize::MAX) && !all.is_met(usize::MAX - 1, usize::MAX));
    }
}
