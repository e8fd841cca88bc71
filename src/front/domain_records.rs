//! The records of one domain after a change: which are there, which to publish, and waiting until they are.

use std::time::{Duration, Instant};

use serde_json::json;

use super::changing::Changing;
use super::exit::{Exit, Failure};
use super::record_lines::{details, line};
use crate::records::ComparedRecord;
use crate::spec::Domain;

/// The longest that records are waited for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// The time between looks: at first, and once nothing has changed for long.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Whether to wait for what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Say what is missing and end.
    No,
    /// Look until all required ones are there.
    UntilThere,
}

impl Wait {
    /// As an option says it.
    pub fn asked(wait: bool) -> Self {
        if wait { Self::UntilThere } else { Self::No }
    }
}

/// Shows the domain's records and those that are required and not there, whole. Gives [`Exit::OperatorMustAct`] where
/// some are missing.
pub fn show(changing: &mut Changing, domain: &Domain, wait: Wait) -> Result<Exit, Failure> {
    let facts = match changing.facts.take() {
        Some(facts) => facts,
        None => changing.wizard.facts(changing.wish.spec.stack)?,
    };
    let spec = changing.wish.spec.clone();
    let wanted = changing.runtime.block_on(changing.wizard.domain_records(&spec, &facts, domain))?;
    let look = |changing: &Changing| changing.runtime.block_on(wanted.look(&spec.hostname));
    let mut page = look(&*changing);
    let teller = &mut changing.teller;
    let there = page.iter().filter(|c| c.state.is_published()).count();
    teller.gap()?;
    teller.say(&format!("{there} of {} records of '{domain}' are there.", page.len()))?;
    for compared in page.iter().filter(|c| c.wanted.required) {
        teller.line(&crate::printable::excerpt(&line(compared), super::paragraph::WIDTH))?;
    }
    for compared in page.iter().filter(|c| is_open(c)) {
        let details = details(compared);
        teller.gap()?;
        teller.say(&details.heading)?;
        teller.line(&details.value)?;
        for note in &details.notes {
            teller.say(note)?;
        }
    }
    for compared in &page {
        let state = if compared.state.is_published() { "published" } else { "missing" };
        teller.tell(&json!({ "event": "record", "state": state, "record": compared.wanted }))?;
    }
    if open(&page) == 0 {
        return Ok(Exit::Done);
    }
    if wait == Wait::No {
        teller.gap()?;
        let missing = open(&page);
        let records = if missing == 1 { "1 record is".to_owned() } else { format!("{missing} records are") };
        teller.say(&format!(
            "{records} to be published. 'mailwizard domain add {domain}' looks again, with --wait until all are there."
        ))?;
        return Ok(Exit::OperatorMustAct);
    }
    teller.gap()?;
    teller.say("Waiting until all of them are there. Ctrl-C leaves; the server goes on as it is.")?;
    let (begun, mut pause) = (Instant::now(), PAUSES.0);
    while open(&page) > 0 && begun.elapsed() < LONGEST {
        std::thread::sleep(pause);
        let now = look(&*changing);
        let mut news = false;
        for (before, now) in page.iter().zip(&now) {
            if before.state.is_published() != now.state.is_published() {
                news = true;
                let time = changing.wizard.host.now().strftime("%H:%M:%S").to_string();
                changing
                    .teller
                    .line(&crate::printable::excerpt(&format!("{time}{}", line(now)), super::paragraph::WIDTH))?;
            }
        }
        pause = if news { PAUSES.0 } else { (pause * 2).min(PAUSES.1) };
        page = now;
    }
    if open(&page) > 0 {
        return Ok(Exit::OperatorMustAct);
    }
    changing.teller.say("All required records are there.")?;
    Ok(Exit::Done)
}

fn is_open(compared: &ComparedRecord) -> bool {
    compared.wanted.required && !compared.state.is_published()
}

fn open(page: &[ComparedRecord]) -> usize {
    page.iter().filter(|c| is_open(c)).count()
}
