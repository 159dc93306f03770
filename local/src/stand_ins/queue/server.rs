use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use aws_sdk_sqs::{Client, types::QueueAttributeName};
use rustack_sqs_core::{config::SqsConfig, handler::RustackSqsHandler, provider::RustackSqs};
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    problem::{Problem, cause},
    stand_ins::Server,
    template::{ACCOUNT, Queue, REGION, Template},
};

/// SQS on loopback.
#[derive(Debug)]
pub(crate) struct QueueServer {
    server: Server,
    provider: Arc<RustackSqs>,
}

/// The URL and the ARN of a queue.
#[derive(Debug, Clone)]
pub(crate) struct QueueAddress {
    pub(crate) url: String,
    pub(crate) arn: String,
}

impl QueueServer {
    /// Starts SQS on a free port.
    pub(crate) async fn start() -> Result<Self, Problem> {
        let failed = |error: std::io::Error| Problem::failed("starting the queue", &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let config = SqsConfig {
            skip_signature_validation: true,
            default_region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: listener.local_addr().map_err(failed)?.port(),
        };
        let provider = Arc::new(RustackSqs::new(config));
        let handler = Arc::new(RustackSqsHandler::new(Arc::clone(&provider)));
        let http =
            SqsHttpConfig { skip_signature_validation: true, region: REGION.to_owned(), credential_provider: None };
        let server = Server::start(listener, SqsHttpService::new(handler, http)).map_err(failed)?;
        Ok(Self { server, provider })
    }

    /// The URL at which SQS answers.
    pub(crate) fn url(&self) -> String {
        let address: SocketAddr = self.server.address();
        format!("http://{address}")
    }

    /// Lets requests finish, then forgets all messages.
    pub(crate) async fn stop(self) {
        self.provider.shutdown_all().await;
        self.server.stop().await;
    }
}

/// Makes the template's queues that are missing, dead-letter queues first. Returns the addresses of
/// all queues.
pub(crate) async fn ensure(
    client: &Client,
    template: &Template,
    visibility_timeout: Option<Duration>,
) -> Result<BTreeMap<String, QueueAddress>, Problem> {
    let mut addresses = BTreeMap::new();
    let mut queues: Vec<_> = template.queues.iter().collect();
    queues.sort_by_key(|(_, queue)| queue.redrive.is_some());
    for (name, queue) in queues {
        let attributes = attributes(queue, visibility_timeout, &addresses);
        let address = create(client, name, attributes).await;
        let address = address.map_err(|problem| Problem::failed(format_args!("making queue {name}"), &problem))?;
        addresses.insert(name.clone(), address);
    }
    Ok(addresses)
}

fn attributes(
    queue: &Queue,
    visibility_timeout: Option<Duration>,
    addresses: &BTreeMap<String, QueueAddress>,
) -> Vec<(QueueAttributeName, String)> {
    let visibility_timeout = visibility_timeout.unwrap_or(queue.visibility_timeout);
    let mut attributes = vec![
        (QueueAttributeName::VisibilityTimeout, visibility_timeout.as_secs().to_string()),
        (QueueAttributeName::MessageRetentionPeriod, queue.retention.as_secs().to_string()),
        (QueueAttributeName::DelaySeconds, queue.delay.as_secs().to_string()),
    ];
    if let Some(redrive) = &queue.redrive
        && let Some(target) = addresses.get(&redrive.target)
    {
        let policy = json!({ "deadLetterTargetArn": target.arn, "maxReceiveCount": redrive.max_receive_count });
        attributes.push((QueueAttributeName::RedrivePolicy, policy.to_string()));
    }
    attributes
}

async fn create(
    client: &Client,
    name: &str,
    attributes: Vec<(QueueAttributeName, String)>,
) -> Result<QueueAddress, String> {
    let request = client.create_queue().queue_name(name).set_attributes(Some(attributes.into_iter().collect()));
    let created = request.send().await.map_err(|error| cause(&error))?;
    let url = created.queue_url.ok_or("it has no URL")?;
    let request = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::QueueArn);
    let found = request.send().await.map_err(|error| cause(&error))?;
    let arn = found.attributes.and_then(|found| found.get(&QueueAttributeName::QueueArn).cloned());
    Ok(QueueAddress { url, arn: arn.ok_or("it has no ARN")? })
}
