//! The commands of a page.

/// A command that a page shows, and what is said of it.
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) exit_code: i32,
    /// Lines of what it prints; `...` for some that are left out.
    pub(crate) shown: Vec<String>,
}

impl Step {
    fn new(line: usize, command: &str) -> Self {
        let told = command.split_once("# exit code ").map_or("0", |(_, told)| told);
        let digits: String = told.chars().take_while(char::is_ascii_digit).collect();
        let exit_code = digits.parse().unwrap_or_else(|_| panic!("no exit code: {command}"));
        Self { line, command: command.to_owned(), exit_code, shown: Vec::new() }
    }
}

/// What a line stands in.
enum Place {
    Text { above: String },
    Commands,
    Session,
    Other,
}

/// The commands in the `sh` and `console` blocks of a page of Markdown.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut place = Place::Text { above: String::new() };
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let fence = line.trim_start().strip_prefix("```");
        match (&place, fence) {
            (Place::Text { above }, Some(language)) => place = begun(language, above),
            (Place::Text { .. }, None) => place = Place::Text { above: line.to_owned() },
            (_, Some(_)) => place = Place::Text { above: String::new() },
            (Place::Other, None) => {}
            (Place::Commands | Place::Session, None) if goes_on => {
                let last = steps.last_mut().unwrap();
                last.command.push('\n');
                last.command.push_str(line);
                goes_on = line.ends_with('\\');
            }
            (Place::Commands, None) => {
                if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                    steps.push(Step::new(number, line.trim()));
                    goes_on = line.ends_with('\\');
                }
            }
            (Place::Session, None) => match line.strip_prefix("$ ") {
                Some(command) => {
                    steps.push(Step::new(number, command));
                    goes_on = line.ends_with('\\');
                }
                None => {
                    let last = steps.last_mut().unwrap_or_else(|| panic!("no command: {line}"));
                    last.shown.push(line.to_owned());
                }
            },
        }
    }
    steps
}

fn begun(language: &str, above: &str) -> Place {
    let reason = above.strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
    let is_run_by_the_gate = ["<!-- run-command -->", "<!-- test-command -->"].contains(&above);
    match language {
        _ if is_run_by_the_gate || reason.is_some_and(|reason| !reason.trim().is_empty()) => {
            Place::Other
        }
        "sh" => Place::Commands,
        "console" => Place::Session,
        _ => Place::Other,
    }
}
