//! The screen without a terminal, for benchmarks.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, backend::TestBackend};

use super::keys::{self, Mode};
use super::message::{Effect, Message};
use super::model::{Given, Model, Work};
use super::theme::Theme;
use super::walk::Walk;
use super::{pane, update};
use crate::run::{Recorder, RunEvent};
use crate::scenario::Scenario;

/// A screen that is drawn into memory.
pub struct Headless {
    model: Model,
    terminal: Terminal<TestBackend>,
    /// Pages that are to be laid out.
    work: Vec<Work>,
}

impl Headless {
    /// The screen before a walk.
    pub fn new(scenario: Scenario, (width, height): (u16, u16)) -> Self {
        let recorder = Recorder::new(scenario.clone(), false);
        let size = Size::new(width, height);
        let model = Model::new(Walk::new(scenario, recorder), Theme::Colour, Given::default(), size);
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

    /// Draws the screen, and answers what is on it.
    pub fn frame(&mut self) -> &Buffer {
        let Ok(_) = self.terminal.draw(|frame| pane::draw(&self.model, frame));
        self.terminal.backend().buffer()
    }

    /// Lays out what the screen would have had laid out beside it.
    pub fn settle(&mut self) {
        for work in std::mem::take(&mut self.work) {
            self.take(Message::LaidOut(work.run()));
        }
    }

    /// The area of the screen.
    pub fn area(&self) -> Rect {
        Rect::from((ratatui::layout::Position::ORIGIN, self.model.size))
    }

    fn take(&mut self, message: Message) {
        for effect in update::update(&mut self.model, message) {
            if let Effect::LayOut(work) = effect {
                self.work.push(work);
            }
        }
    }
}
