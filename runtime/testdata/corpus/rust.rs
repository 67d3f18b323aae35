// A function in Rust with a hash map, strings and a log, which live from call to
// call if nobody puts memory back.
use std::cell::RefCell;
use std::collections::HashMap;

#[derive(Default)]
struct State {
    calls: u32,
    counts: HashMap<String, u32>,
    log: Vec<String>,
    reply: String,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

#[no_mangle]
pub extern "C" fn postern_abi_1() {}

#[no_mangle]
pub extern "C" fn postern_alloc(size: u32) -> *mut u8 {
    let mut room = Vec::<u8>::with_capacity(size.max(1) as usize);
    let at = room.as_mut_ptr();
    std::mem::forget(room);
    at
}

#[no_mangle]
pub extern "C" fn postern_handle(event: *mut u8, size: u32, context: *mut u8, context_size: u32) -> u64 {
    let event = unsafe { Vec::from_raw_parts(event, size as usize, size.max(1) as usize) };
    drop(unsafe { Vec::from_raw_parts(context, context_size as usize, context_size.max(1) as usize) });
    let event = String::from_utf8(event).expect("an event is text");
    let body = event.split("\"body\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
    STATE.with(|state| {
        let state = &mut *state.borrow_mut();
        answer(state, body);
        (state.reply.as_ptr() as u64) << 32 | state.reply.len() as u64
    })
}

fn answer(state: &mut State, body: &str) {
    if body.starts_with("prime") {
        state.reply = format!("{} bytes", body.len());
        return;
    }
    if body.starts_with("scribble") {
        for i in 0..5000 {
            state.counts.insert(format!("left behind {}", i), i);
            state.log.push("x".repeat(i as usize % 97));
        }
    }
    if body.starts_with("grow") {
        state.log.push("y".repeat(3 << 20));
    }
    state.calls += 1;
    for word in body.split(' ') {
        *state.counts.entry(word.to_string()).or_insert(0) += 1;
    }
    if body.starts_with("trap") {
        let none: Option<u32> = None;
        state.calls = none.expect("half-way");
    }
    let mut counts: Vec<_> = state.counts.iter().map(|(word, n)| format!("{}={}", word, n)).collect();
    counts.sort();
    state.reply = format!("call {}, log {}, {}", state.calls, state.log.len(), counts.join(" "));
}
