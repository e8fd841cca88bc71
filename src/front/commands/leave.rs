//! `mailwizard leave`: mailwizard goes, the mail server stays.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::apply::{self, ApplyError, Traces};
use crate::backup::Include;
use crate::front::confirmation;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::paragraph::wrapped;
use crate::front::passphrase::OpenWith;
use crate::front::wizard::Wizard;
use crate::keys;
use crate::printable::printable;
use crate::spec::{CertificateMethod, Spec};
use crate::stacks::stack;
use crate::store::pending;

/// How to leave.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a backup to this file first
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    open_with: OpenWith,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print one JSON object; needs --yes
    #[arg(long, requires = "yes")]
    json: bool,
}

/// Removes mailwizard's own traces.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let (host, paths) = (&*wizard.host, &wizard.paths);
    if !host.is_root() {
        return Err(ApplyError::NotRoot.into());
    }
    wizard.require_no_other_run()?;
    let nothing = || Failure::new(Exit::Usage, "nothing is set up here by mailwizard, so there is nothing to leave.");
    let spec = pending::load_spec(host, &paths.spec())?.ok_or_else(nothing)?;
    if let Some(unfinished) = apply::unfinished(host, paths)? {
        let advice = "Go on with `mailwizard apply` or back with `mailwizard undo` first.";
        return Err(Failure::new(Exit::OperatorMustAct, format!("{} {advice}", unfinished.sentence())));
    }
    let traces = apply::traces(host, paths)?;
    if !traces.leaning.is_empty() {
        let files: Vec<String> = traces.leaning.iter().map(|path| shown(path)).collect();
        return Err(Failure::new(
            Exit::OperatorMustAct,
            format!("{} names a folder that would be removed: change that first.", files.join(", ")),
        ));
    }
    let renewal = renewal(&wizard, &spec)?;
    let applies = apply::past(host, paths)?.len();
    if !args.json {
        say(&traces, &spec, &renewal, applies)?;
    }
    if !args.yes {
        let name = spec.hostname.as_str();
        if args.backup.is_none() {
            offer_backup(&wizard, args)?;
        }
        if !confirmation::typed(
            &format!("Type the name {name} to leave: "),
            name,
            "give --yes to leave without a question.",
        )? {
            writeln!(io::stdout(), "That is not its name: nothing was done.")?;
            return Ok(Exit::Left);
        }
    }
    if let Some(file) = &args.backup {
        back_up(&wizard, args, file)?;
    }
    let mut removed = Vec::new();
    apply::leave(host, paths, &traces, &mut |line| removed.push(printable(line)))?;
    let mut out = Output::stdout();
    if args.json {
        let object = json!({ "schema": 1, "hostname": spec.hostname, "removed": removed, "backup": args.backup, "renewal": renewal });
        writeln!(out, "{}", serde_json::to_string_pretty(&object)?)?;
    } else {
        for line in &removed {
            writeln!(out, "  removed {line}")?;
        }
        let program = host.program().unwrap_or_else(|| "/usr/local/bin/mailwizard".into());
        let last = format!("The mail server goes on. The program itself is still here: rm {}", shown(&program));
        wrapped(&last).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// Who renews the certificate from then on: sentences, and the commands to type.
fn renewal(wizard: &Wizard, spec: &Spec) -> Result<Vec<String>, Failure> {
    let wanted = stack(spec.stack).certificate(spec);
    let host = &spec.hostname;
    let until = keys::current(&*wizard.host, &wanted)?.map(|pair| pair.info.not_after.strftime("%Y-%m-%d").to_string());
    let until = until.map_or_else(String::new, |date| format!(" It ends on {date}."));
    let folder = wanted.chain_file.parent().unwrap_or(Path::new("/")).join("current");
    let folder = shown(&folder);
    let reload = "systemctl reload postfix dovecot";
    Ok(match spec.certificate.method {
        CertificateMethod::AcmeHttp => vec![
            format!("Nothing renews the certificate any more.{until} Let certbot do it:"),
            "  apt install certbot".into(),
            format!("  certbot certonly --standalone -d {host} --deploy-hook '{reload}'"),
            format!("  ln -sfn /etc/letsencrypt/live/{host} {folder}"),
            format!("  {reload}"),
        ],
        CertificateMethod::Existing => {
            let chain = spec.certificate.chain_file.as_deref().and_then(Path::parent).map(shown).unwrap_or_default();
            vec![
                format!(
                    "The certificate is still renewed in {chain}, but no longer handed to the daemons.{until} Let them read it there, where the files are named fullchain.pem and privkey.pem, and have them reloaded after each renewal:"
                ),
                format!("  ln -sfn {chain} {folder}"),
                format!("  {reload}"),
            ]
        }
        CertificateMethod::SelfSigned => vec![format!("The self-signed certificate stays.{until}")],
    })
}

fn say(traces: &Traces, spec: &Spec, renewal: &[String], applies: usize) -> io::Result<()> {
    let mut out = Output::stdout();
    // A command is never broken: it is there to be copied.
    let mut paragraph = |text: &str| match text.starts_with("  ") {
        true => writeln!(out, "{text}"),
        false => wrapped(text).iter().try_for_each(|line| writeln!(out, "{line}")),
    };
    paragraph(&format!("mailwizard leaves {}; the mail server goes on as it is. This goes:", spec.hostname))?;
    let all = traces.units.iter().cloned().chain(traces.hooks.iter().chain(&traces.folders).map(|path| shown(path)));
    all.collect::<Vec<_>>().iter().try_for_each(|line| paragraph(&format!("  {line}")))?;
    paragraph("")?;
    paragraph("What ends with it:")?;
    renewal.iter().try_for_each(|line| paragraph(line))?;
    paragraph(&format!(
        "The {applies} applies in the history cannot be undone any more, and no check, status or troubleshooting knows this server."
    ))?;
    paragraph(
        "The checks' own login stays among the accounts; it is taken from this machine only, and its password goes.",
    )?;
    paragraph("")?;
    out.flush()
}

/// Asks for a backup's name; an empty line goes on without one.
fn offer_backup(wizard: &Wizard, args: &Args) -> Result<(), Failure> {
    let question = "A backup first? Give a file name, or press Enter to go without: ";
    let answer = confirmation::line(question, "give --yes, and --backup FILE for a backup.")?;
    if answer.is_empty() { Ok(()) } else { back_up(wizard, args, Path::new(&answer)) }
}

fn back_up(wizard: &Wizard, args: &Args, file: &Path) -> Result<(), Failure> {
    let lock = args.open_with.lock(&*wizard.host, &[])?;
    super::backup::write(wizard, file, &lock, Include { mail: false, history: true })?;
    if !args.json {
        writeln!(io::stdout(), "{} is written and was read back whole.", shown(file))?;
    }
    Ok(())
}
