//! Paths as URIs.

use std::fmt::Write;
use std::path::Path;

use crate::platform::bytes_of;

/// The path as a URI: relative as a relative reference, absolute with the
/// scheme `file`. Every byte but letters, digits and `-._~/` is percent-encoded
/// (RFC 3986 calls those unreserved), so any name comes back byte for byte, and
/// a colon in the first part is not read as a scheme.
pub(super) fn uri(path: &Path) -> String {
    let bytes = bytes_of(path.as_os_str());
    let mut uri = String::with_capacity(bytes.len() + 8);
    if path.is_absolute() {
        // A drive has no slash before it.
        uri.push_str(if bytes.starts_with(b"/") {
            "file://"
        } else {
            "file:///"
        });
    }
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::testing::path;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(uri(Path::new("a/b-c_d.e~f")), "a/b-c_d.e~f");
        assert_eq!(
            uri(&path(b"a b%41?#[x]:\xff")),
            "a%20b%2541%3F%23%5Bx%5D%3A%FF"
        );
        assert_eq!(uri(Path::new("c:/ü\n")), "c%3A/%C3%BC%0A");
    }

    #[test]
    fn absolute_paths_have_a_scheme() {
        assert_eq!(uri(Path::new("/tmp/a b")), "file:///tmp/a%20b");
    }

    proptest! {
        #[test]
        fn any_path_is_read_back(bytes in proptest::collection::vec(1_u8.., 1..40)) {
            let uri = uri(&path(&bytes));
            let uri = uri.strip_prefix("file://").unwrap_or(&uri);
            prop_assert!(uri.bytes().all(|b| b.is_ascii_graphic()));
            let mut rest = uri.bytes();
            let mut read = Vec::new();
            while let Some(byte) = rest.next() {
                let digits: Vec<u8> = match byte {
                    b'%' => rest.by_ref().take(2).collect(),
                    _ => { read.push(byte); continue }
                };
                let digits = String::from_utf8(digits).unwrap();
                read.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            prop_assert_eq!(read, bytes);
        }
    }
}
