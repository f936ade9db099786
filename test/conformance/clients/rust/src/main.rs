//! rskafka for the client tests: rskafka-driver BOOTSTRAP_SERVERS
//!
//! One operation per line of JSON on stdin, answers as lines of JSON on stdout.

mod operations;

use std::io::{BufRead, Write};

use operations::Operations;
use rskafka::client::error::{Error, ProtocolError};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let servers = std::env::args()
        .nth(1)
        .ok_or("the bootstrap servers are missing")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut operations = runtime.block_on(Operations::connect(&servers))?;
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = match runtime.block_on(operations.call(&request)) {
            Ok(result) => json!({ "id": request["id"], "result": result }),
            Err(error) => json!({ "id": request["id"], "error": describe(&error) }),
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn describe(error: &Error) -> Value {
    let code = match error {
        Error::ServerError { protocol_error, .. } => code_of(*protocol_error),
        _ => None,
    };
    json!({ "code": code, "message": error.to_string() })
}

/// Returns the number of an error; rskafka only converts the other way.
fn code_of(error: ProtocolError) -> Option<i16> {
    (-1..200).find(|code| ProtocolError::new(*code) == Some(error))
}
