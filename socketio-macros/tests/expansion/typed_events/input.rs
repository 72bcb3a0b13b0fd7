//! Typed events.

#[derive(Event)]
#[event(rename_all = "snake_case")]
#[serde(rename_all_fields = "camelCase")]
enum Said<'a, T: Serialize> {
    Nothing,
    Joined(String),
    Pair(&'a str, T),
    #[event("the line")]
    Line {
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'a str>,
        /// Not copied.
        text: T,
    },
}

#[derive(Event)]
#[event("confirm", ack = bool)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Confirm {
    the_question: String,
}

#[derive(Event)]
struct Tick;

#[derive(Event)]
enum Never {}
