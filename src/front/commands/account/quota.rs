//! `mailwizard account quota ADDRESS [SIZE|none]`.

use std::io::Write;
use std::str::FromStr;

use crate::changes::SetQuota;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::output::Output;
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::printable::excerpt;
use crate::spec::Mailbox;

/// Whose, and how much.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// How much mail it may hold, like 2G or 500M; 'none' lifts the limit; what is used is shown when absent
    #[arg(value_name = "SIZE")]
    size: Option<Size>,
    #[command(flatten)]
    how: How,
}

/// A limit as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(Option<u32>);

/// Why a limit could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a size: give a whole number with M or G, like 500M or 2G, or none.")]
pub struct NoSize(String);

impl Size {
    /// In megabytes; `None` for no limit.
    pub fn megabytes(self) -> Option<u32> {
        self.0
    }
}

impl FromStr for Size {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Self, NoSize> {
        let refused = || NoSize(excerpt(text, 20));
        let lower = text.trim().to_ascii_lowercase();
        if lower == "none" {
            return Ok(Self(None));
        }
        let bare = lower.trim_end_matches('b');
        let (digits, factor) = match bare.strip_suffix('g') {
            Some(digits) => (digits, 1024),
            None => (bare.strip_suffix('m').ok_or_else(refused)?, 1),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused());
        }
        let number: u32 = digits.parse().map_err(|_| refused())?;
        let size = number.checked_mul(factor).filter(|size| *size > 0).ok_or_else(refused)?;
        Ok(Self(Some(size)))
    }
}

/// Shows or sets it.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let address = super::address(&args.address)?;
    let Some(size) = args.size else { return show(&address) };
    let mut changing = Changing::begin(&args.how, options)?;
    changing.change(&SetQuota { address, quota_mb: size.megabytes() })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}

fn show(address: &Mailbox) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let Some(account) = spec.account(address) else {
        return Err(Failure::new(
            Exit::Usage,
            format!("'{address}' is not one of the accounts: see 'mailwizard account list'."),
        ));
    };
    let used = wizard.quota_used(&spec, address)?;
    let mut out = Output::stdout();
    match account.quota_mb {
        Some(quota) => writeln!(out, "{address} holds {} of {quota} MB.", super::list::size(used))?,
        None => writeln!(out, "{address} holds {}; it has no limit.", super::list::size(used))?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, megabytes) in
            [("2G", Some(2048)), ("500m", Some(500)), (" 1GB ", Some(1024)), ("none", None), ("None", None)]
        {
            assert_eq!(text.parse::<Size>().map(Size::megabytes), Ok(megabytes), "{text}");
        }
        for text in ["", "2", "G", "-1G", "1.5G", "0M", "5000000G", "2T", "gg"] {
            let refusal = text.parse::<Size>().unwrap_err().to_string();
            assert!(refusal.contains("is not a size: give a whole number with M or G"), "{refusal}");
        }
    }
}
