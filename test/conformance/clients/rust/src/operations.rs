//! The operations of support/client.ts that rskafka has.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use rskafka::BackoffConfig;
use rskafka::chrono::{DateTime, Utc};
use rskafka::client::controller::ControllerClient;
use rskafka::client::error::{Error, Result};
use rskafka::client::partition::{Compression, OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::{Record, RecordAndOffset};
use serde_json::{Value, json};

/// The timeout of one administrative call, in milliseconds.
const PATIENCE_MS: i32 = 120_000;
const MAX_FETCH_BYTES: i32 = 10_000_000;
const MAX_WAIT_MS: i32 = 100;

pub struct Operations {
    client: Client,
    controller: ControllerClient,
    /// By topic. They continue while the broker restarts.
    partitions: HashMap<String, PartitionClient>,
}

impl Operations {
    pub async fn connect(servers: &str) -> Result<Self> {
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_millis(500),
            base: 2.0,
            deadline: Some(Duration::from_secs(100)),
        };
        let servers = servers.split(',').map(str::to_owned).collect();
        let client = ClientBuilder::new(servers)
            .backoff_config(backoff)
            .build()
            .await?;
        let controller = client.controller_client()?;
        Ok(Self {
            client,
            controller,
            partitions: HashMap::new(),
        })
    }

    pub async fn call(&mut self, request: &Value) -> Result<Value> {
        let topic = request["topic"].as_str().unwrap_or_default();
        match request["op"].as_str().unwrap_or_default() {
            "produce" => {
                let records = array(&request["records"]).iter().map(record_of).collect();
                let compression = compression_of(request["codec"].as_str());
                self.partition(topic)
                    .await?
                    .produce(records, compression)
                    .await?;
                Ok(Value::Null)
            }
            "consume" => {
                let count = request["count"].as_u64().unwrap_or_default() as usize;
                self.consume(topic, count).await
            }
            "createTopic" => {
                let partitions = request["partitions"].as_i64().unwrap_or_default() as i32;
                self.controller
                    .create_topic(topic, partitions, 1, PATIENCE_MS)
                    .await?;
                Ok(Value::Null)
            }
            "deleteTopic" => {
                self.controller.delete_topic(topic, PATIENCE_MS).await?;
                Ok(Value::Null)
            }
            "listTopics" => {
                let topics = self.client.list_topics().await?;
                Ok(topics.into_iter().map(|topic| topic.name).collect())
            }
            "countPartitions" => {
                let topics = self.client.list_topics().await?;
                let found = topics.iter().find(|found| found.name == topic);
                Ok(json!(found.map(|found| found.partitions.len())))
            }
            "listOffset" => {
                let at = match request["at"].as_str() {
                    Some("latest") => OffsetAt::Latest,
                    _ => OffsetAt::Earliest,
                };
                Ok(json!(self.partition(topic).await?.get_offset(at).await?))
            }
            "deleteRecords" => {
                let before = request["before"].as_i64().unwrap_or_default();
                self.partition(topic)
                    .await?
                    .delete_records(before, PATIENCE_MS)
                    .await?;
                Ok(Value::Null)
            }
            op => Err(Error::InvalidResponse(format!(
                "there is no operation {op}"
            ))),
        }
    }

    async fn partition(&mut self, topic: &str) -> Result<&PartitionClient> {
        if !self.partitions.contains_key(topic) {
            let handling = UnknownTopicHandling::Retry;
            let partition = self.client.partition_client(topic, 0, handling).await?;
            self.partitions.insert(topic.to_owned(), partition);
        }
        Ok(&self.partitions[topic])
    }

    async fn consume(&mut self, topic: &str, count: usize) -> Result<Value> {
        let partition = self.partition(topic).await?;
        let mut next = partition.get_offset(OffsetAt::Earliest).await?;
        let mut records = Vec::new();
        while records.len() < count {
            let (fetched, _) = partition
                .fetch_records(next, 1..MAX_FETCH_BYTES, MAX_WAIT_MS)
                .await?;
            next = fetched.last().map_or(next, |last| last.offset + 1);
            records.extend(fetched.iter().map(consumed));
        }
        records.truncate(count);
        Ok(Value::Array(records))
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map(|text| text.as_bytes().to_vec())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn compression_of(codec: Option<&str>) -> Compression {
    match codec {
        Some("gzip") => Compression::Gzip,
        Some("snappy") => Compression::Snappy,
        Some("lz4") => Compression::Lz4,
        Some("zstd") => Compression::Zstd,
        _ => Compression::NoCompression,
    }
}

fn record_of(record: &Value) -> Record {
    let headers = record["headers"].as_object().into_iter().flatten();
    Record {
        key: bytes(&record["key"]),
        value: bytes(&record["value"]),
        headers: headers
            .map(|(name, value)| (name.clone(), bytes(value).unwrap_or_default()))
            .collect(),
        timestamp: now(),
    }
}

/// Returns the current time: rskafka's chrono has no clock.
fn now() -> DateTime<Utc> {
    let since_epoch = UNIX_EPOCH.elapsed().unwrap_or_default();
    DateTime::from_timestamp_millis(since_epoch.as_millis() as i64).unwrap_or_default()
}

fn consumed(record: &RecordAndOffset) -> Value {
    let RecordAndOffset { record, offset } = record;
    let headers: HashMap<&String, String> = record
        .headers
        .iter()
        .map(|(name, value)| (name, text(value)))
        .collect();
    json!({
        "partition": 0,
        "offset": offset,
        "timestamp": record.timestamp.timestamp_millis(),
        "key": record.key.as_deref().map(text),
        "value": record.value.as_deref().map(text),
        "headers": headers,
    })
}
