//! Keys as text in, screens as text out.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mailwizard::front::tui::model::{Model, Place};
use mailwizard::front::tui::msg::{Effect, Msg};
use mailwizard::front::tui::theme::Theme;
use mailwizard::front::tui::update::{start, update};
use mailwizard::front::tui::view::view;
use mailwizard::steps::Engine;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

/// A wizard without a machine.
pub struct Wizard {
    pub model: Model,
    /// Everything that was asked of the runner since the last look.
    pub effects: Vec<Effect>,
}

impl Wizard {
    /// At 80x24, with colours and box drawing, before anything is known about the machine.
    pub fn new(engine: Engine) -> Self {
        let mut model = Model::new(engine, Theme::new(true, false), Size { width: 80, height: 24 });
        let effects = start(&mut model);
        Self { model, effects }
    }

    /// The same on a server that is set up.
    pub fn at_home() -> Self {
        let mut model =
            Model::new(Engine::new(Default::default()), Theme::new(true, false), Size { width: 80, height: 24 });
        model.place = Place::Hub;
        let effects = start(&mut model);
        Self { model, effects }
    }

    pub fn send(&mut self, msg: Msg) -> &mut Self {
        let effects = update(&mut self.model, msg);
        self.effects.extend(effects);
        self
    }

    /// Presses keys: words like `Tab` and `C-u` name keys, everything else is typed as it stands.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for word in keys.split(' ') {
            match named(word) {
                Some(key) => drop(self.send(Msg::Key(key))),
                None => word.chars().for_each(|c| {
                    self.send(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
                }),
            }
        }
        self
    }

    /// The screen at another size.
    pub fn at(&mut self, width: u16, height: u16) -> String {
        self.send(Msg::Resize(width, height));
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let row = |y: u16| -> String {
            let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        };
        (0..height).map(|y| row(y) + "\n").collect()
    }

    /// The screen as it is.
    pub fn screen(&mut self) -> String {
        let Size { width, height } = self.model.size;
        self.at(width, height)
    }
}

/// A key by its name.
pub fn named(word: &str) -> Option<KeyEvent> {
    let plain = |code| Some(KeyEvent::new(code, KeyModifiers::NONE));
    match word {
        "Enter" => plain(KeyCode::Enter),
        "Esc" => plain(KeyCode::Esc),
        "Tab" => plain(KeyCode::Tab),
        "S-Tab" => plain(KeyCode::BackTab),
        "Up" => plain(KeyCode::Up),
        "Down" => plain(KeyCode::Down),
        "Left" => plain(KeyCode::Left),
        "Right" => plain(KeyCode::Right),
        "PgDn" => plain(KeyCode::PageDown),
        "PgUp" => plain(KeyCode::PageUp),
        "Home" => plain(KeyCode::Home),
        "End" => plain(KeyCode::End),
        "Del" => plain(KeyCode::Delete),
        "BS" => plain(KeyCode::Backspace),
        "Space" => plain(KeyCode::Char(' ')),
        "F1" => plain(KeyCode::F(1)),
        "F2" => plain(KeyCode::F(2)),
        "F3" => plain(KeyCode::F(3)),
        "F4" => plain(KeyCode::F(4)),
        _ => {
            let c = word.strip_prefix("C-")?.chars().next()?;
            Some(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
        }
    }
}
