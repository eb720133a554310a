//! Types of files by the end of their names, the same as on the HTML page.

use std::path::Path;

use crate::platform::bytes_of;

/// The types and their extensions, in the order in which they are offered.
const TYPES: [(&str, &str); 6] = [
    (
        "pictures",
        "avif bmp gif heic heif ico jfif jpeg jpg png svg tif tiff webp",
    ),
    ("raw pictures", "arw cr2 cr3 dng nef orf raf rw2"),
    ("video", "3gp avi flv m4v mkv mov mp4 mpeg mpg mts webm wmv"),
    ("audio", "aac aiff ape flac m4a mp3 oga ogg opus wav wma"),
    (
        "documents",
        "csv doc docx epub md odp ods odt pdf ppt pptx rtf tex txt xls xlsx",
    ),
    ("archives", "7z bz2 dmg gz iso rar tar tgz xz zip zst"),
];

/// The type of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileType(u8);

impl FileType {
    /// All types; the last one is that of all other files.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..=TYPES.len() as u8).map(Self)
    }

    /// The type of a file with this path.
    pub(super) fn of(path: &Path) -> Self {
        let other = Self(TYPES.len() as u8);
        let Some(end) = path.extension() else {
            return other;
        };
        let end = bytes_of(end);
        let is_one_of = |ends: &str| {
            ends.split(' ')
                .any(|known| end.eq_ignore_ascii_case(known.as_bytes()))
        };
        let found = TYPES.iter().position(|(_, ends)| is_one_of(ends));
        found.map_or(other, |at| Self(at as u8))
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        TYPES
            .get(usize::from(self.0))
            .map_or("other", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_from_the_end_of_the_name() {
        for (path, name) in [
            ("a/b.jpg", "pictures"),
            ("a/b.JPG", "pictures"),
            ("a.tar.gz", "archives"),
            ("jpg", "other"),
            (".jpg", "other"),
            ("a.jpg/b", "other"),
            ("a.jpgx", "other"),
            ("x.Flac", "audio"),
        ] {
            assert_eq!(FileType::of(Path::new(path)).name(), name, "{path}");
        }
        assert_eq!(FileType::all().count(), 7);
    }

    #[test]
    fn the_page_has_the_same_types() {
        let page = include_str!("../../report/html/page.js");
        for (name, ends) in TYPES {
            let line = format!("{name}\": \"{ends}\"");
            let short = format!("{name}: \"{ends}\"");
            assert!(page.contains(&line) || page.contains(&short), "{name}");
        }
    }
}
