//! The page of DNS records.

use crate::records::{ComparedRecord, Observation, Phase, Record};
use crate::spec::Domain;

/// Wanted records beside what is published.
#[derive(Debug, Default)]
pub struct DnsPage {
    /// The only domain whose records are shown; `None` for those of the host and of every domain.
    pub only: Option<Domain>,
    /// How far it is.
    pub state: DnsState,
    /// The records, in the order they are shown.
    pub rows: Vec<DnsRow>,
    /// Index of the selected one.
    pub selected: usize,
    /// The time of day of the last whole look.
    pub looked_at: Option<String>,
}

/// How far the page is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DnsState {
    /// Not opened yet.
    #[default]
    Idle,
    /// Keys are made, and it is asked what is published already.
    Preparing,
    /// The records are known and looked at again and again.
    Watching,
    /// It could not be found out what is wanted.
    Failed(String),
}

/// One wanted record.
#[derive(Debug)]
pub struct DnsRow {
    /// What is wanted.
    pub wanted: Record,
    /// How it compares, once it was looked at.
    pub compared: Option<ComparedRecord>,
    /// What every server said.
    pub observation: Option<Observation>,
}

/// How urgent a record is, in the order the page lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Mail does not work without it.
    Now,
    /// To be published when everything else works.
    Last,
    /// Useful.
    Optional,
}

impl Need {
    /// How urgent this record is.
    pub fn of(record: &Record) -> Self {
        match (record.required, record.phase) {
            (true, Phase::Before) => Self::Now,
            (true, Phase::After) => Self::Last,
            (false, _) => Self::Optional,
        }
    }
}

impl DnsPage {
    /// Takes the wanted records in; what is known about the same ones stays.
    pub fn set_records(&mut self, records: Vec<Record>) {
        let mut before = std::mem::take(&mut self.rows);
        self.rows = records
            .into_iter()
            .map(|wanted| match before.iter().position(|row| row.wanted == wanted) {
                Some(i) => before.swap_remove(i),
                None => DnsRow { wanted, compared: None, observation: None },
            })
            .collect();
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
        self.state = DnsState::Watching;
    }

    /// The selected record.
    pub fn row(&self) -> Option<&DnsRow> {
        self.rows.get(self.selected)
    }

    /// Needed records that are published, and all needed ones.
    pub fn progress(&self) -> (usize, usize) {
        let needed = || self.rows.iter().filter(|r| Need::of(&r.wanted) == Need::Now);
        let there = needed().filter(|r| r.compared.as_ref().is_some_and(|c| c.state.is_published())).count();
        (there, needed().count())
    }
}
