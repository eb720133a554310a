//! The scripts that make a shell complete nodupe's arguments.
//!
//! They are generated from the definition of the command line, with what the
//! generator leaves out: in bash `--option=VALUE` and paths after a subcommand,
//! `--report FORMAT=FILE` in bash, zsh and fish, and in fish the words that are no
//! options.

use clap::{Command, ValueHint};
use clap_complete::Shell;

use crate::report::check::CheckFormat;

/// The script for a shell.
#[must_use]
pub fn completion_script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "nodupe", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let script = match shell {
        Shell::Bash => bash(&script),
        Shell::Zsh => zsh(&script),
        Shell::Fish => fish(script),
        _ => script,
    };
    script.into_bytes()
}

/// The command line, with values marked as paths or as none: a shell would offer
/// files for them.
fn definition() -> Command {
    let mut command = super::command();
    command.build();
    command.mut_subcommands(|subcommand| {
        subcommand.mut_args(|arg| {
            let is_free = arg.get_possible_values().is_empty();
            match arg.get_value_hint() {
                // In bash this alone preserves blanks.
                ValueHint::AnyPath => arg.value_hint(ValueHint::FilePath),
                ValueHint::Unknown if is_free && arg.get_action().takes_values() => {
                    arg.value_hint(ValueHint::Other)
                }
                _ => arg,
            }
        })
    })
}

/// The formats of `--report`, each with its equals sign.
fn report_formats() -> Vec<String> {
    let formats = CheckFormat::ALL.iter();
    formats
        .map(|format| format!("{}=", format.as_str()))
        .collect()
}

/// Bash makes three words of `--option=VALUE`, and an empty list of words is
/// what makes it complete paths.
fn bash(script: &str) -> String {
    let wrapper = format!(
        r#"
_nodupe_words() {{
    local cur="$2" prev="$3" first="${{COMP_WORDS[COMP_CWORD-2]}}"
    # --option=VALUE
    if [[ "$cur" == "=" && "$prev" == --* ]]; then
        cur=""
    elif [[ "$prev" == "=" && "$first" == --* ]]; then
        prev="$first"
    # --report FORMAT=FILE
    elif [[ "$cur" == "=" || "$prev" == "=" ]]; then
        COMPREPLY=()
        [[ "$cur" == "=" ]] && cur=""
        local IFS=$'\n'
        COMPREPLY=($(compgen -f -- "$cur"))
        compopt -o filenames 2>/dev/null
        return 0
    fi
    if [[ "$prev" == "--report" && "${{COMP_WORDS[1]}}" == "check" ]]; then
        COMPREPLY=($(compgen -W "{}" -- "$cur"))
        compopt -o nospace 2>/dev/null
        return 0
    fi
    _nodupe "$1" "$cur" "$prev"
    # Options are offered for a word that begins like one.
    if [[ "$cur" != -* && "${{COMPREPLY[0]}}" == -* ]]; then
        COMPREPLY=()
    fi
}}
"#,
        report_formats().join(" ")
    );
    let script = script.replace("complete -F _nodupe ", "complete -F _nodupe_words ");
    match script.find("\nif [[ \"${BASH_VERSINFO[0]}\" -eq 4") {
        Some(end) => format!("{}{wrapper}{}", &script[..end], &script[end..]),
        None => script,
    }
}

fn zsh(script: &str) -> String {
    let formats = report_formats().join(" ");
    let names = formats.replace('=', "");
    let function = format!(
        r#"(( $+functions[_nodupe_report] )) ||
_nodupe_report() {{
    if compset -P '*='; then
        _files
    else
        local -a formats=({names})
        compadd -q -S '=' -a formats
    fi
}}

"#
    );
    let script = script.replace(":FORMAT=FILE:'", ":FORMAT=FILE:_nodupe_report'");
    match script.find("(( $+functions[_nodupe_commands] ))") {
        Some(at) => format!("{}{function}{}", &script[..at], &script[at..]),
        None => script,
    }
}

/// Fish is told nothing about words that are no options.
fn fish(mut script: String) -> String {
    let mut add = |command: &str, rest: &str| {
        script.push_str(&format!(
            "complete -c nodupe -n \"__fish_nodupe_using_subcommand {command}\" {rest}\n"
        ));
    };
    let formats = report_formats().join(" ");
    add("check", &format!("-l report -r -F -a '{formats}'"));
    for subcommand in definition().get_subcommands() {
        let values = subcommand
            .get_positionals()
            .flat_map(clap::Arg::get_possible_values);
        let values: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            add(
                subcommand.get_name(),
                &format!("-f -a '{}'", values.join(" ")),
            );
        }
    }
    script
}
