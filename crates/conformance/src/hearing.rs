//! A step that is listened to, of a product that sends by requests (JSON, FHIR): what each request said, how it is answered, and
//! where the answer fails on purpose.

use feeds::{Fault, Said};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::plan::{Manner, Step};

/// What a request that is told to wait is told, in seconds: long enough to be waited for, short enough to be waited out.
pub const WAIT_SECONDS: u32 = 1;

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// What was said is durable.
    Taken,
    /// The same, and the answer was lost: the product knows of nothing.
    Lost,
    /// Nothing was taken; it may be sent again once the seconds are over.
    Wait {
        /// How many.
        seconds: u32,
    },
    /// It was not taken; a request that is all or nothing, because of what the kit says of one child.
    Refused,
    /// So many receipts were read.
    Receipts(usize),
    /// The sums of a day were read.
    Sums,
    /// Something that says nothing of any record.
    Nothing,
}

/// Something of a request that was refused, in the words of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status, and what it is about; no value.
    pub what: String,
    /// Where in what was sent; may be empty.
    pub place: String,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When.
    pub at: Timestamp,
    /// Its bytes.
    pub body: Vec<u8>,
    /// The key by which its sender would have it known again.
    pub key: Option<String>,
    /// What it says.
    pub said: Vec<Said>,
    /// Which of them the kit put aside on purpose, by their places from 0.
    pub put_aside: Vec<usize>,
    /// What was refused of it.
    pub refused: Vec<Refusal>,
    /// What was answered.
    pub answered: Answered,
}

/// What a delivery is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It is taken; the faults of each thing that was said, in their order.
    Taken(Vec<Vec<Fault>>),
    /// Nothing can be taken now.
    NotNow,
    /// The source says more than it may: nothing is taken for so many seconds.
    TooMuch {
        /// How many.
        seconds: u32,
    },
}

/// A step that is listened to. Requests are heard one after another.
#[derive(Debug, Clone)]
pub struct Hearing {
    manner: Manner,
    deliveries: usize,
    requests: Vec<Request>,
    now: Option<Request>,
}

impl Hearing {
    /// Listens to a step.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        Self { manner: step.manner.clone(), deliveries: 0, requests: Vec::new(), now: None }
    }

    /// A request begins.
    pub fn begins(&mut self, at: Timestamp, body: &[u8], key: Option<&str>) {
        self.now = Some(Request {
            at,
            body: body.to_vec(),
            key: key.map(str::to_owned),
            said: Vec::new(),
            put_aside: Vec::new(),
            refused: Vec::new(),
            answered: Answered::Nothing,
        });
    }

    /// Something of a request that is all or nothing is asked about: which rules it breaks.
    pub fn considers(&mut self, said: &Said, today: Date) -> Vec<Fault> {
        let faults = self.faults(said, today);
        let aside = self.puts_aside(said);
        if let Some(request) = &mut self.now {
            if aside {
                request.put_aside.push(request.said.len());
            }
            request.said.push(said.clone());
            // Until it is delivered.
            request.answered = Answered::Refused;
        }
        faults
    }

    /// What a request says is delivered.
    pub fn delivers(&mut self, said: Vec<Said>, today: Date) -> Delivered {
        self.deliveries += 1;
        let answered = match (&self.manner, self.deliveries) {
            (Manner::FailsFirst, 1) => Answered::Lost,
            (Manner::FailsFirst, 2) | (Manner::NotNow, _) | (Manner::Throttles, 1 | 2) => {
                Answered::Wait { seconds: WAIT_SECONDS }
            }
            _ => Answered::Taken,
        };
        let faults = said.iter().map(|said| self.faults(said, today)).collect();
        let aside = (0..).zip(&said).filter(|(_, said)| self.puts_aside(said)).map(|(nth, _)| nth).collect();
        if let Some(request) = &mut self.now {
            (request.said, request.put_aside, request.answered) = (said, aside, answered);
        }
        match answered {
            Answered::Wait { seconds } if self.manner == Manner::Throttles => Delivered::TooMuch { seconds },
            Answered::Wait { .. } => Delivered::NotNow,
            _ => Delivered::Taken(faults),
        }
    }

    /// The sums of a day are told. Whether with another checksum than they have: see [`Manner::TellsOtherSums`].
    pub fn tells_sums(&mut self) -> bool {
        if let Some(request) = &mut self.now {
            request.answered = Answered::Sums;
        }
        self.manner == Manner::TellsOtherSums
    }

    /// So many receipts are told.
    pub fn tells_receipts(&mut self, count: usize) {
        if let Some(request) = &mut self.now {
            request.answered = Answered::Receipts(count);
        }
    }

    /// Whether receipts of another becoming are told: see [`Manner::TellsReceipts`].
    #[must_use]
    pub fn turns_receipts(&self) -> bool {
        self.manner == Manner::TellsReceipts
    }

    /// The request is answered; `refused` is what was refused of it, `whole` whether nothing of it was taken. Gives how the
    /// answer goes out.
    pub fn answers(&mut self, refused: Vec<Refusal>, whole: bool) -> Answered {
        let Some(mut request) = self.now.take() else { return Answered::Nothing };
        let on_purpose = match request.answered {
            Answered::Wait { .. } => true,
            Answered::Refused => !request.put_aside.is_empty(),
            _ => false,
        };
        if !on_purpose {
            request.refused = refused;
            if whole && !request.refused.is_empty() {
                request.answered = Answered::Refused;
            }
        }
        let answered = request.answered;
        if !(answered == Answered::Nothing && request.refused.is_empty()) {
            self.requests.push(request);
        }
        answered
    }

    /// What was heard, in the order in which it came.
    #[must_use]
    pub fn heard(self) -> Vec<Request> {
        self.requests
    }

    fn puts_aside(&self, said: &Said) -> bool {
        self.manner.breaks(said).is_some()
    }

    fn faults(&self, said: &Said, today: Date) -> Vec<Fault> {
        let mut faults = said.faults(today);
        if faults.is_empty() {
            faults.extend(self.manner.breaks(said));
        }
        faults
    }
}
