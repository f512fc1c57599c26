//! What the dump of a process says of it, for programs.

use hvtriage_crashdump::{UserAnnotation, UserHandle, UserProcess, UserThread};
use serde_json::{Value, json};

pub(super) fn process(process: &UserProcess) -> Value {
    json!({
        "process_id": process.process_id,
        "created": process.created.map(|time| time.to_string()),
        "user_seconds": process.user_seconds,
        "kernel_seconds": process.kernel_seconds,
        "processor": process.processor,
        "crashed_thread": process.crashed_thread,
        "threads": process.threads.iter().map(thread).collect::<Vec<_>>(),
        "memory": process.memory.map(|memory| json!({
            "ranges": memory.ranges,
            "bytes_promised": memory.bytes_promised,
            "bytes_present": memory.bytes_present,
        })),
        "handles": process.handles.iter().map(handle).collect::<Vec<_>>(),
        "assertion": process.assertion.as_ref().map(|assertion| json!({
            "expression": assertion.expression,
            "function": assertion.function,
            "file": assertion.file,
            "line": assertion.line,
        })),
        "annotations": process.annotations.iter().map(annotation).collect::<Vec<_>>(),
    })
}

fn thread(thread: &UserThread) -> Value {
    json!({
        "id": thread.id,
        "name": thread.name,
        "instruction": thread.instruction.map(|it| it.to_string()),
        "stack_pointer": thread.stack_pointer.map(|it| it.to_string()),
        "stack_start": thread.stack_start.to_string(),
        "stack_bytes": thread.stack_bytes,
        "last_error": thread.last_error,
    })
}

fn handle(handle: &UserHandle) -> Value {
    json!({
        "value": format!("{:#x}", handle.value),
        "type": handle.type_name,
        "object": handle.object_name,
        "granted_access": format!("{:#x}", handle.granted_access),
    })
}

fn annotation(annotation: &UserAnnotation) -> Value {
    json!({ "origin": annotation.origin, "name": annotation.name, "value": annotation.value })
}
