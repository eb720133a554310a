//! The outputs of a check: one report to `--output` or standard output, and one
//! to each `--report`.

use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::super::args::CheckArgs;
use super::super::diagnostics::Fatal;
use super::super::output::{Leftover, Output, cannot_write};
use super::super::terminal::{Environment, output_width};
use super::super::value_enums::{CheckFormatChoice, ColorChoice};
use crate::config::ExcludedFile;
use crate::report::RenderOptions;
use crate::report::check::{self, CheckFormat, CheckReport};

/// All reports of a check.
pub(super) struct Reports {
    each: Vec<One>,
    color: ColorChoice,
}

struct One {
    format: CheckFormat,
    path: Option<PathBuf>,
    output: Output,
}

/// State of the reader of standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Stayed,
    /// The reader closed the pipe.
    Left,
}

impl Reports {
    /// Opens all files, so that errors appear before the scan. None may replace
    /// another one or the baseline.
    pub(super) fn open(args: &CheckArgs, baseline: &Path) -> Result<Self, Fatal> {
        let report = &args.report;
        let main = report.output.clone().filter(|file| file.as_os_str() != "-");
        let mut asked = vec![(report.format.into(), main)];
        for text in &report.report {
            let (format, file) = format_and_file(text)?;
            asked.push((format, Some(file)));
        }
        let mut each: Vec<One> = Vec::new();
        for (format, path) in asked {
            let is_same = |one: &One| path.is_some() && one.path == path;
            if let (Some(path), true) = (&path, each.iter().any(is_same)) {
                return Err(Fatal::new(format!(
                    "two reports cannot both be written to {}",
                    path.display()
                ))
                .hint("give each report its own file"));
            }
            let output = Output::open(path.as_deref())?;
            let others = each.iter().filter_map(|one| one.path.as_deref());
            let mut others = others.filter(|other| output.replaces(other));
            if let (Some(path), Some(other)) = (&path, others.next()) {
                return Err(Fatal::new(format!(
                    "two reports cannot be written to one file: {} is {}",
                    path.display(),
                    other.display()
                ))
                .hint("give each report its own file"));
            }
            if let (Some(path), true) = (&path, output.replaces(baseline)) {
                return Err(Fatal::new(format!(
                    "a report cannot overwrite the baseline {}",
                    path.display()
                ))
                .hint("write it to another file"));
            }
            each.push(One {
                format,
                path,
                output,
            });
        }
        Ok(Self {
            each,
            color: report.color,
        })
    }

    /// The files that the scan skips.
    pub(super) fn own_files(&self) -> impl Iterator<Item = ExcludedFile> + '_ {
        let each = self.each.iter().flat_map(|one| one.output.own_files());
        each.cloned()
    }

    /// The temporary files to remove if the program ends at once.
    pub(super) fn leftovers(&self) -> impl Iterator<Item = Leftover> + '_ {
        self.each.iter().map(|one| one.output.leftover())
    }

    /// Writes all of them. The files come first, so that they are complete even
    /// if the reader of the last one closes the pipe.
    pub(super) fn write(
        &mut self,
        report: &CheckReport<'_>,
        environment: &Environment,
    ) -> Result<Reader, Fatal> {
        let mut reader = Reader::Stayed;
        for one in std::mem::take(&mut self.each).into_iter().rev() {
            let One {
                format,
                path,
                mut output,
            } = one;
            let is_terminal = output.is_terminal();
            let render = RenderOptions {
                color: environment.wants_color(self.color, is_terminal),
                width: if is_terminal { output_width() } else { None },
            };
            let written = check::write(format, &mut output, report, &render);
            match written.and_then(|()| output.commit()) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => reader = Reader::Left,
                Err(error) => return Err(cannot_write(path.as_deref(), &error)),
            }
        }
        Ok(reader)
    }
}

/// Parses a value of `--report`: `sarif=out.sarif`.
fn format_and_file(text: &str) -> Result<(CheckFormat, PathBuf), Fatal> {
    let wrong = |what: String| {
        let names: Vec<&str> = CheckFormat::ALL.iter().map(|f| f.as_str()).collect();
        Fatal::new(format!("--report: {what}")).hint(format!(
            "write FORMAT=FILE, as in --report sarif=out.sarif; formats: {}",
            names.join(", ")
        ))
    };
    let Some((format, file)) = text.split_once('=') else {
        return Err(wrong(format!("{text:?} has no file name")));
    };
    let choice = CheckFormatChoice::from_str(format, false)
        .map_err(|_| wrong(format!("invalid format {format:?}")))?;
    if file.is_empty() || file == "-" {
        return Err(wrong(format!("{text:?} has no file name")));
    }
    Ok((choice.into(), Path::new(file).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_format_and_a_file() {
        let read = |text: &str| format_and_file(text).ok();
        assert_eq!(
            read("sarif=out/a=b.sarif"),
            Some((CheckFormat::Sarif, "out/a=b.sarif".into()))
        );
        assert_eq!(read("junit=x"), Some((CheckFormat::Junit, "x".into())));
        for text in ["", "sarif", "sarif=", "=x", "csv=x", "sarif=-", "SARIF=x"] {
            assert_eq!(read(text), None, "{text}");
            let told = format_and_file(text).unwrap_err().to_string();
            assert!(told.contains("markdown"), "{told}");
        }
    }
}
