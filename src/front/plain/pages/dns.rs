//! The records page: what to publish, what is there, and waiting until it is.

use std::time::Duration;

use super::Setup;
use crate::front::exit::Failure;
use crate::front::paragraph::WIDTH;
use crate::front::plain::walk::Onward;
use crate::front::plain::{Asker, Reply, Verb};
use crate::front::record_lines::{details, line};
use crate::front::wizard::WantedRecords;
use crate::plan::ObservedFile;
use crate::printable::excerpt;
use crate::probe::dns::{Look, Watch};
use crate::records::{ComparedRecord, Phase, Record, RecordState, text};
use crate::spec::Spec;
use crate::steps::Engine;

/// How long one look at the operator's keyboard may hold up the looks at DNS.
const GLANCE: Duration = Duration::from_millis(200);

const WAIT: Verb = Verb { key: 'w', label: "wait for them" };
const GO_ON: Verb = Verb { key: 'g', label: "go on" };
const WHOLE: Verb = Verb { key: 'v', label: "show all values" };
const FILES: Verb = Verb { key: 'f', label: "write them to files" };
const BACK: Verb = Verb { key: 'b', label: "back" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

/// Which records a page waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// Those that mail cannot work without, before anything is set up.
    Before,
    /// All that are required, MX included.
    All,
}

impl Awaited {
    fn covers(self, record: &Record) -> bool {
        record.required && (self == Self::All || record.phase == Phase::Before)
    }
}

impl Setup<'_> {
    pub(super) fn dns(
        &mut self,
        asker: &mut dyn Asker,
        engine: &mut Engine,
        awaited: Awaited,
    ) -> Result<Onward, Failure> {
        let Some(spec) = engine.draft.present() else { return Ok(Onward::Back) };
        asker.say("Looking at what is published.")?;
        let wanted = self.runtime.block_on(self.wizard.records(&spec, &engine.draft.facts))?;
        let hostname = spec.hostname.clone();
        let mut is_first = true;
        loop {
            let mut page = self.runtime.block_on(wanted.look(&hostname));
            if std::mem::take(&mut is_first) {
                show_open(asker, &page, awaited)?;
            }
            show_page(asker, &page, awaited)?;
            let open = page.iter().filter(|c| awaited.covers(&c.wanted) && !c.state.is_published()).count();
            let verbs: &[Verb] = match open {
                0 => &[GO_ON, WHOLE, FILES, BACK, LEAVE],
                _ => &[WAIT, GO_ON, WHOLE, FILES, BACK, LEAVE],
            };
            self.missing_records = open > 0;
            loop {
                asker.show("")?;
                match asker.verb("", verbs)? {
                    Reply::Given('w') => match self.wait(asker, &wanted, &spec, &mut page, awaited)? {
                        Some(onward) => return Ok(onward),
                        None => break,
                    },
                    Reply::Given('v') => show_values(asker, &page)?,
                    Reply::Given('f') => self.write_records(asker, &wanted)?,
                    Reply::Given('g') => {
                        if open > 0 {
                            asker.say("The rest can follow; it is looked at again when everything is verified.")?;
                        }
                        return Ok(Onward::GoOn);
                    }
                    Reply::Given('b') | Reply::Back => return Ok(Onward::Back),
                    Reply::Given(_) | Reply::Leave => return Ok(Onward::Leave),
                }
            }
        }
    }

    /// Looks again and again, and says what changed. `None` when all that is awaited is there or the operator wants to
    /// see the page.
    fn wait(
        &mut self,
        asker: &mut dyn Asker,
        wanted: &WantedRecords,
        spec: &Spec,
        page: &mut [ComparedRecord],
        awaited: Awaited,
    ) -> Result<Option<Onward>, Failure> {
        asker.say("Publish them now; what changes is said here. Enter shows the page again, g goes on, q leaves.")?;
        let host = self.wizard.host.clone();
        let clock = move || host.now();
        let mut watch = self
            .runtime
            .block_on(async { Watch::start(wanted.dns.clone(), wanted.records.clone(), spec.hostname.clone(), clock) });
        let verbs = [Verb { key: 'p', label: "show the page" }, GO_ON, BACK, LEAVE];
        loop {
            let look = self.runtime.block_on(async { tokio::time::timeout(GLANCE, watch.next()).await });
            match look {
                Ok(Some(Look::Compared(compared))) => {
                    if let Some(before) = page.get_mut(compared.index)
                        && before.state.is_published() != compared.record.state.is_published()
                    {
                        let time = self.wizard.host.now().strftime("%H:%M:%S");
                        asker.show(&excerpt(&format!("{time}{}", line(&compared.record)), WIDTH))?;
                        *before = compared.record;
                    }
                    continue;
                }
                Ok(Some(Look::Done { .. })) => {
                    if page.iter().filter(|c| awaited.covers(&c.wanted)).all(|c| c.state.is_published()) {
                        asker.say("All required records are there.")?;
                        return Ok(None);
                    }
                }
                Ok(None) => return Ok(None),
                Err(_) => {}
            }
            match asker.verb_within(&verbs, Duration::ZERO)? {
                None => {}
                Some(Reply::Given('g')) => return Ok(Some(Onward::GoOn)),
                Some(Reply::Given('b') | Reply::Back) => return Ok(Some(Onward::Back)),
                Some(Reply::Given('q') | Reply::Leave) => return Ok(Some(Onward::Leave)),
                Some(Reply::Given(_)) => return Ok(None),
            }
        }
    }

    fn write_records(&self, asker: &mut dyn Asker, wanted: &WantedRecords) -> Result<(), Failure> {
        let folder = self.wizard.paths.records();
        self.wizard.host.make_directory(&folder, 0o700, "root", "root")?;
        for (name, content) in
            [("records.zone", text::zone_file(&wanted.records)), ("records.txt", text::web_form(&wanted.records))]
        {
            let path = folder.join(name);
            let file =
                ObservedFile { content: content.into_bytes(), mode: 0o600, owner: "root".into(), group: "root".into() };
            self.wizard.host.write(&path, &file)?;
            asker.say(&format!("Written: {}", path.display()))?;
        }
        Ok(())
    }
}

/// The list, zone by zone; records that mail works without are only counted unless something is wrong with them.
fn show_page(asker: &mut dyn Asker, page: &[ComparedRecord], awaited: Awaited) -> std::io::Result<()> {
    let there = page.iter().filter(|c| c.state.is_published()).count();
    asker.show("")?;
    asker.say(&format!("{there} of {} records are there.", page.len()))?;
    let (listed, optional): (Vec<_>, Vec<_>) =
        page.iter().partition(|c| c.wanted.required || c.state == RecordState::Wrong);
    let mut zone = "";
    for compared in listed {
        if compared.wanted.zone != zone {
            zone = &compared.wanted.zone;
            asker.show(&format!("  {}", zone.trim_end_matches('.')))?;
        }
        asker.show(&excerpt(&line(compared), WIDTH))?;
    }
    let open = optional.iter().filter(|c| !c.state.is_published()).count();
    if open > 0 {
        asker.say(&format!("{open} more are useful, but mail works without them: v shows them too."))?;
    }
    let to_publish = page.iter().filter(|c| awaited.covers(&c.wanted) && !c.state.is_published()).count();
    if awaited == Awaited::Before && to_publish > 0 {
        asker.say("Those marked 'last' are published when everything else works.")?;
    }
    Ok(())
}

/// What the operator has to publish now, value by value.
fn show_open(asker: &mut dyn Asker, page: &[ComparedRecord], awaited: Awaited) -> std::io::Result<()> {
    let mut open = page.iter().filter(|c| awaited.covers(&c.wanted) && !c.state.is_published()).peekable();
    if open.peek().is_some() {
        asker.show("")?;
        asker.say("To publish now:")?;
    }
    open.try_for_each(|compared| show_details(asker, compared))
}

fn show_details(asker: &mut dyn Asker, compared: &ComparedRecord) -> std::io::Result<()> {
    let details = details(compared);
    asker.show("")?;
    asker.say(&details.heading)?;
    asker.show(&details.value)?;
    details.notes.iter().try_for_each(|note| asker.say(note))
}

fn show_values(asker: &mut dyn Asker, page: &[ComparedRecord]) -> std::io::Result<()> {
    page.iter().try_for_each(|compared| show_details(asker, compared))
}
