//! The local time zone, for dates that are given without one.
//!
//! The environment names the file that describes it, so that file is read like
//! any control file: without waiting for a named pipe or opening a device. The
//! time zone library would do both.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::diagnostics::{say, visible_text};
use crate::error::describe;
use crate::platform::{self, bytes_of, os_str};

/// Time zone files have some thousand bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The time now, in the local time zone. If that cannot be determined it is
/// UTC, with a message unless `--quiet`, since dates then mean something else.
pub(super) fn now(is_quiet: bool) -> Zoned {
    let zone = local().unwrap_or_else(|why| {
        if !is_quiet {
            let why = visible_text(&why);
            say(format_args!("nodupe: {why}; dates are interpreted as UTC"));
        }
        TimeZone::UTC
    });
    Timestamp::now().to_zoned(zone)
}

fn local() -> Result<TimeZone, String> {
    let Some(local_time) = platform::LOCAL_TIME_FILE else {
        return Ok(TimeZone::system());
    };
    let database = std::env::var_os("TZDIR").filter(|dir| !dir.is_empty());
    let database = match database {
        Some(dir) => vec![PathBuf::from(dir)],
        None => platform::TIME_ZONE_DIRECTORIES.map(PathBuf::from).to_vec(),
    };
    zone(
        std::env::var_os("TZ").as_deref(),
        &database,
        Path::new(local_time),
    )
}

/// The time zone that the variable TZ selects, or else the system's; UTC if the
/// system has none.
///
/// As in POSIX and glibc: empty is UTC; a colon says that a name or path
/// follows; otherwise it may be a rule such as `CET-1CEST`; names are looked up
/// in the database.
fn zone(tz: Option<&OsStr>, database: &[PathBuf], local_time: &Path) -> Result<TimeZone, String> {
    let Some(tz) = tz else {
        return match read(local_time) {
            Ok(zone) => Ok(zone.unwrap_or(TimeZone::UTC)),
            Err(why) => Err(format!(
                "cannot read the time zone {}: {why}",
                local_time.display()
            )),
        };
    };
    let failed = |why: &str| {
        let tz = tz.to_string_lossy();
        format!("cannot use the time zone of the variable TZ, {tz:?}: {why}")
    };
    let name = match bytes_of(tz) {
        b"" => return Ok(TimeZone::UTC),
        [b':', name @ ..] => name,
        name => {
            let rule = std::str::from_utf8(name).ok();
            if let Some(zone) = rule.and_then(|rule| TimeZone::posix(rule).ok()) {
                return Ok(zone);
            }
            name
        }
    };
    let name = Path::new(os_str(name));
    let files: Vec<PathBuf> = if name.is_absolute() {
        vec![name.to_owned()]
    } else if name.components().all(|c| matches!(c, Component::Normal(_))) {
        database.iter().map(|dir| dir.join(name)).collect()
    } else {
        Vec::new()
    };
    for file in files {
        match read(&file) {
            Ok(Some(zone)) => return Ok(zone),
            Ok(None) => {}
            Err(why) => return Err(failed(&why)),
        }
    }
    // UTC works on every system, even without a database.
    if matches!(name.to_str(), Some("UTC" | "GMT" | "Etc/UTC")) {
        return Ok(TimeZone::UTC);
    }
    Err(failed("no time zone has that name"))
}

/// The time zone that a file describes; nothing if there is no such file.
fn read(file: &Path) -> Result<Option<TimeZone>, String> {
    match platform::read_control_file(file, MAX_BYTES, true) {
        Ok(bytes) => match TimeZone::tzif("", &bytes) {
            Ok(zone) => Ok(Some(zone)),
            Err(_) => Err("it does not describe a time zone".to_owned()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(describe(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The offset in summer 2026, or what is wrong.
    fn offset(tz: Option<&str>, database: &Path, local_time: &Path) -> Result<i32, String> {
        let zone = zone(tz.map(OsStr::new), &[database.to_owned()], local_time)?;
        let summer: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        Ok(zone.to_offset(summer).seconds() / 60)
    }

    /// A description of a zone that is `hours` ahead of UTC, in version 1 of
    /// the format of RFC 9636, followed by version 2 with a rule.
    fn description(hours: i32) -> Vec<u8> {
        let mut file = Vec::new();
        for _ in 0..2 {
            file.extend(b"TZif2");
            file.extend([0; 15]);
            for count in [0_u32, 0, 0, 0, 1, 4] {
                file.extend(count.to_be_bytes());
            }
            file.extend((hours * 3600).to_be_bytes());
            file.extend([0, 0]);
            file.extend(b"XYZ\0");
        }
        file.extend(format!("\nXYZ{}\n", -hours).as_bytes());
        file
    }

    #[test]
    fn the_variable_names_a_rule_a_name_or_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path();
        std::fs::create_dir(database.join("Area")).unwrap();
        std::fs::write(database.join("Area/City"), description(3)).unwrap();
        let local_time = database.join("localtime");
        std::fs::write(&local_time, description(5)).unwrap();
        let absolute = database.join("Area/City").display().to_string();
        let with_colon = format!(":{absolute}");
        for (tz, minutes) in [
            (None, 5 * 60),
            (Some(""), 0),
            (Some("Area/City"), 3 * 60),
            (Some(":Area/City"), 3 * 60),
            (Some(absolute.as_str()), 3 * 60),
            (Some(with_colon.as_str()), 3 * 60),
            (Some("UTC"), 0),
            (Some("UTC0"), 0),
            (Some("CET-1CEST,M3.5.0,M10.5.0/3"), 2 * 60),
            (Some("<+0530>-5:30"), 5 * 60 + 30),
        ] {
            assert_eq!(offset(tz, database, &local_time), Ok(minutes), "{tz:?}");
        }
        let missing = database.join("gone");
        assert_eq!(offset(None, database, &missing), Ok(0));
        for (tz, part) in [
            ("Area/Town", "no time zone has that name"),
            ("../Area/City", "no time zone has that name"),
            (":CET-1CEST", "no time zone has that name"),
            ("Area", "it is a directory"),
        ] {
            let why = offset(Some(tz), database, &local_time).unwrap_err();
            assert!(why.contains(part) && why.contains(tz), "{tz}: {why}");
        }
        std::fs::write(&local_time, "nonsense").unwrap();
        let why = offset(None, database, &local_time).unwrap_err();
        assert!(why.contains("does not describe a time zone"), "{why}");
    }
}
