//! The terminal: taken over for the screen, and given back as it was, whatever
//! ends the review.

use std::io::{self, Stdout, Write};
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event as Input, KeyCode, KeyEvent, KeyEventKind,
    KeyModifiers, MouseButton, MouseEventKind,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{cursor, execute};

use super::keys::Key;
use super::model::{Event, Model};
use super::view;
use crate::platform;

/// True while the terminal is taken over.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back, if it is taken over. Errors are ignored: it may be gone.
pub(in crate::cli) fn restore() {
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// The terminal, taken over.
pub(super) struct Screen {
    /// Not dropped: it would print an error where there may be no terminal any more,
    /// and [`restore`] shows the cursor.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    color: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn enter(color: bool) -> io::Result<Self> {
        restore_on_panic(thread::current().id());
        IS_TAKEN.store(true, Ordering::SeqCst);
        let entered = enable_raw_mode().and_then(|()| {
            execute!(
                io::stdout(),
                EnterAlternateScreen,
                EnableMouseCapture,
                cursor::Hide
            )?;
            Terminal::new(CrosstermBackend::new(io::stdout()))
        });
        match entered {
            Ok(terminal) => Ok(Self {
                terminal: ManuallyDrop::new(terminal),
                color,
            }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        let color = self.color;
        self.terminal.draw(|frame| {
            // Another size is an event that comes next.
            if (frame.area().width, frame.area().height) == model.layout.size() {
                view::draw(frame.buffer_mut(), model, color);
            }
        })?;
        Ok(())
    }

    /// Waits for input, and returns all that is there.
    ///
    /// # Errors
    ///
    /// If the terminal is gone.
    pub(super) fn events(&self, wait: Duration) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        let mut wait = wait;
        // crossterm would read from a terminal that is gone for ever.
        match platform::wait_for_input(wait)? {
            Some(false) => return Ok(events),
            Some(true) => wait = Duration::ZERO,
            None => {}
        }
        while event::poll(wait)? {
            events.extend(understood(&event::read()?));
            wait = Duration::ZERO;
        }
        Ok(events)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// The size of the terminal.
pub(super) fn terminal_size() -> (u16, u16) {
    match size() {
        Ok((0, _) | (_, 0)) | Err(_) => (80, 24),
        Ok(size) => size,
    }
}

/// A panic of the thread that draws gives the terminal back before its message is
/// printed. Panics of other threads are caught, and the review goes on.
fn restore_on_panic(drawing: ThreadId) {
    static IS_SET: AtomicBool = AtomicBool::new(false);
    if IS_SET.swap(true, Ordering::SeqCst) {
        return;
    }
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == drawing {
            restore();
            let _ = io::stdout().flush();
        }
        before(info);
    }));
}

/// The event of an input, if it is one.
fn understood(input: &Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => pressed(*key).map(Event::Key),
        Input::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Event::Click(mouse.column, mouse.row)),
            MouseEventKind::ScrollDown => Some(Event::Wheel { down: true }),
            MouseEventKind::ScrollUp => Some(Event::Wheel { down: false }),
            _ => None,
        },
        Input::Resize(width, height) => Some(Event::Resize(*width, *height)),
        _ => None,
    }
}

fn pressed(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => {
            Key::Ctrl(c.to_ascii_lowercase())
        }
        KeyCode::Char(_) if key.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    })
}
