//! The screen without a terminal, for benchmarks.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, backend::TestBackend};

use super::effect::Effect;
use super::keys::{self, Mode};
use super::message::Message;
use super::model::{Given, Model};
use super::theme::Theme;
use super::walk::WalkView;
use super::{pane, update};
use crate::run::{Recorder, RunEvent};
use crate::scenario::Scenario;

/// A screen that is drawn into memory.
pub struct Headless {
    model: Model,
    terminal: Terminal<TestBackend>,
    /// What is to be done beside the screen.
    work: Vec<Effect>,
}

impl Headless {
    /// The screen before a walk.
    pub fn new(scenario: Scenario, (width, height): (u16, u16)) -> Self {
        let recorder = Recorder::new(scenario.clone(), false);
        let size = Size::new(width, height);
        let model =
            Model::new(WalkView::new(scenario, recorder), Theme::Colour, Given::default(), size).laid_out();
        let Ok(terminal) = Terminal::new(TestBackend::new(width, height));
        Self { model, terminal, work: Vec::new() }
    }

    /// Something happened in the walk.
    pub fn hear(&mut self, event: RunEvent) {
        self.take(Message::Run(event));
    }

    /// A key was pressed.
    pub fn press(&mut self, key: KeyEvent) {
        self.take(keys::message(Mode::of(&self.model), key));
    }

    /// Draws the screen, and returns its text.
    pub fn frame(&mut self) -> &Buffer {
        let Ok(_) = self.terminal.draw(|frame| pane::draw(&self.model, frame));
        self.terminal.backend().buffer()
    }

    /// Does what would have been done beside the screen.
    pub fn settle(&mut self) {
        while !self.work.is_empty() {
            for effect in std::mem::take(&mut self.work) {
                if let Effect::Work(job) = effect {
                    self.take(Message::Done(job.run()));
                }
            }
        }
    }

    /// The area of the screen.
    pub fn area(&self) -> Rect {
        Rect::from((ratatui::layout::Position::ORIGIN, self.model.size))
    }

    fn take(&mut self, message: Message) {
        self.work.extend(update::update(&mut self.model, message));
    }
}
