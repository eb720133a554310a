//! The outputs of a check: one report to `--output` or standard output, and one
//! to each `--report`.

use std::io;
use std::path::{Path, PathBuf};

use super::super::args::CheckArgs;
use super::super::diagnostics::Fatal;
use super::super::output::{Leftover, Output, cannot_write};
use super::super::terminal::{Environment, output_size};
use super::super::value_enums::ColorChoice;
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
        let more = report.report.iter().cloned();
        asked.extend(more.map(|(format, file)| (format, Some(file))));
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
                width: is_terminal
                    .then(output_size)
                    .flatten()
                    .map(|(width, _)| width),
                height: None,
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
