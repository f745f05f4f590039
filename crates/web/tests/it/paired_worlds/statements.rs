//! Every statement that reaches a database, with how many rows it changed and gave, as the driver tells.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// An ear at the driver, one for the whole process.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// From now on every statement is heard.
    pub fn heard() -> Self {
        static EAR: OnceLock<Statements> = OnceLock::new();
        let ear = EAR.get_or_init(|| {
            let ear = Self::default();
            let listening = tracing_subscriber::registry().with(ear.clone());
            tracing::subscriber::set_global_default(listening).expect("nobody else listens in this process");
            ear
        });
        ear.taken();
        ear.clone()
    }

    /// What was heard since it was taken last, once nothing more comes: an embedded database tells it from a thread of its own.
    pub async fn settled(&self) -> Vec<String> {
        let mut before = None;
        loop {
            let heard = self.0.lock().unwrap().len();
            if before == Some(heard) {
                return self.taken();
            }
            before = Some(heard);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    /// What was heard since it was taken last. Sorted: two connections may be asked beside each other.
    pub fn taken(&self) -> Vec<String> {
        let mut heard = std::mem::take(&mut *self.0.lock().unwrap());
        heard.sort_unstable();
        heard
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut line = Line::default();
            event.record(&mut line);
            // What sets up a connection is nobody's question: when another one is opened is a matter of time.
            if line.statement.contains("PRAGMA ") {
                return;
            }
            self.0.lock().unwrap().push(format!("{} | {}", line.statement, line.rows));
        }
    }
}

#[derive(Default)]
struct Line {
    statement: String,
    rows: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "db.statement" | "summary" => self.statement.push_str(&format!("{value:?}")),
            "rows_affected" | "rows_returned" => self.rows.push_str(&format!("{}: {value:?} ", field.name())),
            _ => {}
        }
    }
}
