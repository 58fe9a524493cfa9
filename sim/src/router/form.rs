//! The forms in which routers have been seen, or must be feared, to answer.

/// How one answer looks on the wire. What it says stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Bytes follow the end marker.
    AfterDone,
    /// Lines end in CR LF.
    CrLf,
    /// The connection breaks before the end.
    CutMidway,
    /// Events with deltas, calls by index: the plain form.
    #[default]
    Deltas,
    /// The stream ends, in order, before the answer does: no `finish_reason`, no end marker.
    DiesMidway,
    /// 200, and the body is an error.
    ErrorBody,
    /// An event that is an error, in the midst of the stream.
    ErrorEvent,
    /// The last event says `finish_reason: "error"`, and nothing else.
    ErrorFinish,
    /// Arguments come a character at a time.
    Fragments,
    /// One JSON body although a stream was asked for.
    Json,
    /// Comments between, before and behind the events.
    KeepAlives,
    /// A call's id comes with its last piece.
    LateIds,
    /// The end marker never comes.
    NoDone,
    /// Calls have no ids.
    NoIds,
    /// Calls have no index: an id begins a call, the rest belongs to the last one begun.
    NoIndex,
    /// No usage, whether asked for or not.
    NoUsage,
    /// The usage comes in an event with `choices: null`, asked for or not.
    NullChoices,
    /// Another model answered.
    OtherModel,
    /// Thoughts, signed ones too, and fields nobody has heard of.
    Reasoning,
    /// Every call has the same id.
    SameIds,
    /// Half the stream, then silence on an open connection. It takes a deadline to end
    /// this, so it is in no list.
    Silence,
    /// A success that is not 200.
    Status246,
    /// One byte at a time.
    TinyPieces,
    /// The usage comes in an event with `choices: []`, asked for or not.
    UsageUnasked,
    /// Whole calls, all in the last event.
    WholeCalls,
    /// Whole calls in the last event, without an index.
    WholeCallsNoIndex,
}

impl Form {
    /// Forms in which the answer is all there: a story ends the same under each.
    pub fn whole() -> Vec<Self> {
        vec![
            Self::Deltas,
            Self::AfterDone,
            Self::CrLf,
            Self::Fragments,
            Self::Json,
            Self::KeepAlives,
            Self::LateIds,
            Self::NoDone,
            Self::NoIds,
            Self::NoIndex,
            Self::NoUsage,
            Self::NullChoices,
            Self::OtherModel,
            Self::Reasoning,
            Self::SameIds,
            Self::Status246,
            Self::TinyPieces,
            Self::UsageUnasked,
            Self::WholeCalls,
            Self::WholeCallsNoIndex,
        ]
    }

    /// Forms in which the answer is not all there: none of it may be acted on.
    pub fn broken() -> Vec<Self> {
        vec![
            Self::CutMidway,
            Self::DiesMidway,
            Self::ErrorBody,
            Self::ErrorEvent,
            Self::ErrorFinish,
        ]
    }

    /// Every form that comes to an end by itself.
    pub fn all() -> Vec<Self> {
        [Self::whole(), Self::broken()].concat()
    }

    pub fn is_broken(self) -> bool {
        self == Self::Silence || Self::broken().contains(&self)
    }
}
