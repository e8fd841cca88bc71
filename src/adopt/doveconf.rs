//! The language of `doveconf -n`, of Dovecot 2.3 and 2.4: settings and blocks of them.

/// A block of settings; the whole is one without a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// "passdb", "namespace".
    pub kind: String,
    /// What stands behind it.
    pub label: String,
    /// Its settings in order.
    pub settings: Vec<(String, String)>,
    /// The blocks in it.
    pub blocks: Vec<Block>,
}

impl Block {
    /// Reads the text. What is neither a setting nor a block is passed over.
    pub(super) fn parse(text: &str) -> Self {
        let mut open = vec![Self::default()];
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(head) = line.strip_suffix('{') {
                let (kind, label) = head.trim().split_once(' ').unwrap_or((head.trim(), ""));
                open.push(Self { kind: kind.into(), label: label.trim().into(), ..Self::default() });
            } else if line == "}" {
                if let (true, Some(done)) = (open.len() > 1, open.pop())
                    && let Some(outer) = open.last_mut()
                {
                    outer.blocks.push(done);
                }
            } else if let Some((name, value)) = line.split_once('=')
                && let Some(block) = open.last_mut()
            {
                block.settings.push((name.trim().into(), value.trim().trim_matches('"').trim().into()));
            }
        }
        open.into_iter().next().unwrap_or_default()
    }

    /// A setting that has a value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// The blocks of a kind.
    pub(super) fn named<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// What a block of logins or users is made by: its own driver, or its name (2.4).
    pub(super) fn driver(&self) -> &str {
        self.get("driver").unwrap_or(&self.label)
    }

    /// The values of a setting here and in all blocks; a list that is written as a block (2.4) with its words.
    pub(super) fn everywhere(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = self.get(name).map(str::to_owned).into_iter().collect();
        for block in &self.blocks {
            if block.kind == name {
                let words = block.settings.iter().filter(|(_, value)| value == "yes").map(|(word, _)| word.as_str());
                found.push(words.collect::<Vec<_>>().join(" "));
            } else {
                found.extend(block.everywhere(name));
            }
        }
        found
    }
}
