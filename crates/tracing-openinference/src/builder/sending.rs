//! Where spans are sent, and how.

use std::{path::PathBuf, time::Duration};

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{SpanExporter, SpanProcessor};

use super::{Builder, settings::Exporter};
use crate::ship::{self, Batch, Spool};

impl Builder {
    /// Sets the project that the traces appear under in Phoenix: the resource attribute `openinference.project.name`.
    ///
    /// Defaults to that attribute given to [`resource_attribute`](Self::resource_attribute), then `PHOENIX_PROJECT`,
    /// `PHOENIX_PROJECT_NAME`, that attribute in `OTEL_RESOURCE_ATTRIBUTES`, then `default`.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.overrides.project = Some(project.into());
        self
    }

    /// Sets where spans are sent: the base URL of a Phoenix or of any OTLP collector. `/v1/traces` is added where it is
    /// missing; port 4317 without a path means gRPC.
    ///
    /// Defaults to `PHOENIX_COLLECTOR_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (which is taken as it is over HTTP),
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `PHOENIX_ENDPOINT`, then `http://localhost:6006`; over gRPC `http://localhost:4317`, or
    /// the port `PHOENIX_GRPC_PORT`, which then means gRPC on any URL without a path.
    ///
    /// A proxy is taken from `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, except for `localhost`, loopback addresses and what
    /// `NO_PROXY` lists; gRPC asks it for a tunnel. It is spoken to in HTTP without TLS, and SOCKS is not spoken at all.
    /// Unix sockets are not supported.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.overrides.endpoint = Some(endpoint.into());
        self
    }

    /// Sends OTLP over gRPC, whatever the port.
    ///
    /// Defaults to what `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL` or the endpoint says; HTTP with
    /// protobuf bodies otherwise, see [`http`](Self::http). Phoenix
    /// refuses gRPC messages over 4 MiB; over HTTP it takes 64.
    #[cfg(feature = "grpc")]
    pub fn grpc(mut self) -> Self {
        self.overrides.transport = Some(ship::Transport::Grpc);
        self
    }

    /// Sends OTLP over HTTP with protobuf bodies, whatever the port.
    ///
    /// Defaults to what `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL` or the endpoint says: port 4317
    /// without a path means gRPC.
    pub fn http(mut self) -> Self {
        self.overrides.transport = Some(ship::Transport::Http);
        self
    }

    /// Whether requests are compressed. It costs time on the export thread, and is worth it on a network that is paid for by
    /// the byte.
    ///
    /// Defaults to `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION` (`gzip` or `none`), then `false`.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.overrides.compression = Some(if gzip { ship::Compression::Gzip } else { ship::Compression::None });
        self
    }

    /// Sets the key that is sent as `Authorization: Bearer`.
    ///
    /// Beats an authorization header of a variable; one of [`header`](Self::header) beats it. With it a list in
    /// `PHOENIX_CLIENT_HEADERS` is not read.
    ///
    /// Defaults to `PHOENIX_API_KEY`, then to user name and password of the endpoint, sent as `Authorization: Basic`. It is
    /// never printed.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.overrides.api_key = Some(api_key.into());
        self
    }

    /// Adds a header to every request. It beats one of its name from elsewhere, the API key included.
    ///
    /// Defaults to `PHOENIX_CLIENT_HEADERS`, and beneath it `OTEL_EXPORTER_OTLP_TRACES_HEADERS` and
    /// `OTEL_EXPORTER_OTLP_HEADERS`, whose other headers are sent too. A list in `PHOENIX_CLIENT_HEADERS` (`name=value`, as
    /// in Python) is not read when code gives a header or a key; of a JSON object, as in JS, the other headers are sent.
    /// Values are never printed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.headers.push((name.into(), value.into()));
        self
    }

    /// Sets `service.name` of the resource.
    ///
    /// Defaults to `OTEL_SERVICE_NAME`, then to `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.overrides.service_name = Some(name.into());
        self
    }

    /// Adds an attribute to the resource. Phoenix keeps only the project of it; other backends keep all.
    ///
    /// Defaults to `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn resource_attribute(mut self, attribute: KeyValue) -> Self {
        self.overrides.resource.push(attribute);
        self
    }

    /// Sets how long one attempt to export may take.
    ///
    /// Defaults to `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT` in milliseconds, then 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.overrides.timeout = Some(timeout);
        self
    }

    /// Sets who may have signed the certificate of an `https://` endpoint: a file of PEM certificates, which are trusted
    /// instead of the roots of the operating system. It is read while the pipeline is built.
    ///
    /// Defaults to `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CERTIFICATE`, then the roots of the operating
    /// system, and with the feature `webpki-roots` those of Mozilla besides.
    #[cfg(feature = "tls")]
    pub fn ca_certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.tls.roots = Some(path.into());
        self
    }

    /// Sets what this program shows an `https://` endpoint that asks who it is (mTLS): a PEM file with its certificate, and
    /// those between it and the authority, and a PEM file with the key.
    ///
    /// Defaults to `OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and the same with
    /// `CLIENT_KEY`. The key is never printed.
    #[cfg(feature = "tls")]
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.overrides.tls.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Prints traces as trees on the terminal instead of sending them.
    ///
    /// Defaults to what `OTEL_TRACES_EXPORTER` (`otlp`, `console`, `none`) says, then `otlp`.
    pub fn console(mut self) -> Self {
        self.overrides.exporter = Some(Exporter::Console);
        self
    }

    /// Prints traces on the terminal if nobody listens at the endpoint while the pipeline is built.
    ///
    /// For examples and first steps: a production service wants its spans kept until the collector is back, which is what
    /// happens without this.
    pub fn console_when_unreachable(mut self) -> Self {
        self.console_when_unreachable = true;
        self
    }

    /// Records and exports nothing. The layer and the handle stay usable.
    pub fn no_export(mut self) -> Self {
        self.overrides.exporter = Some(Exporter::None);
        self
    }

    /// Exports only where the variable `ENVIRONMENT` has this value, in any case of letters; may be called more than once,
    /// for several values.
    ///
    /// Elsewhere, and where the variable is not set, it is as with [`no_export`](Self::no_export), whatever else code says,
    /// and one line of the log says so. The variable is read when the pipeline is built. Without this nothing depends on it.
    pub fn only_in(mut self, environment: impl Into<String>) -> Self {
        self.overrides.only_in.push(environment.into().trim().to_owned());
        self
    }

    /// Prints every setting in force, and where it came from, on standard error when the pipeline is built. Credentials are
    /// not among them: of headers the names are printed, and of addresses neither user nor query.
    ///
    /// Without it one line of the log names project, endpoint, what is hidden and the filter.
    pub fn verbose(mut self) -> Self {
        self.verbose = true;
        self
    }

    /// Gives batches of finished, converted and redacted spans to an exporter of OpenTelemetry's instead of sending them.
    ///
    /// The queue, the batches and the export thread are the same; an export that fails is not repeated. For
    /// example [`Console::stderr`](crate::Console::stderr), where [`console`](Self::console) prints to standard output.
    pub fn span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.overrides.exporter = Some(Exporter::Given);
        self.exporter = Some(Box::new(exporter));
        self
    }

    /// Hands finished, converted and redacted spans to a processor of yours instead of exporting them.
    ///
    /// The stages then run on the thread that closes the span. Like [`span_exporter`](Self::span_exporter),
    /// [`console`](Self::console) and [`no_export`](Self::no_export) it says where spans go: the last of them counts, and
    /// `OTEL_TRACES_EXPORTER` and the variables of an endpoint are not read.
    ///
    /// A flush or a shutdown calls it on the caller's thread, and it decides how long that takes: the timeout is passed on
    /// to its shutdown, and its flush has none. What it is handed counts as exported. Of an error of its own the report
    /// says that there was one and not its text, which may quote a span.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.overrides.exporter = Some(Exporter::Given);
        self.processor = Some(Box::new(processor));
        self
    }

    /// Keeps on disk what cannot be delivered: below `directory`, at most `max_bytes`.
    ///
    /// Without a spool, spans wait in memory for a backend that is away, and are lost with the process. With one they go to
    /// disk when a second attempt in a row fails, and when the pipeline is shut down; they come back when the backend does,
    /// or in the next process that has the same directory and endpoint. [`shutdown`](crate::OpenInference::shutdown) then
    /// goes on with them for as long as they are accepted and there is time. Several processes may share the directory, on
    /// one machine or on several.
    ///
    /// * The files hold the requests as they would be sent, after everything that hides; no header, no credential. On Unix
    ///   nobody but the user of the process may read them, and a directory that belongs to another user is refused, also for
    ///   root. They are not encrypted.
    /// * What is in the spool belongs to the address: another endpoint gets nothing of it. Tenants that differ by nothing
    ///   but credentials need directories of their own.
    /// * When it is full the oldest give way, as [`Dropped::SpoolFull`](crate::Dropped::SpoolFull).
    /// * A span is sent at least once: a process that is killed between the answer of the backend and the removal of a file
    ///   sends it again. Phoenix stores it once. What was in memory and had not failed twice yet is lost with a process that is
    ///   killed.
    /// * What the backend refuses for good is not kept. A refusal of address or credentials (401, 404 …) is not for good:
    ///   the spool is left alone for five minutes. A request that the backend fails of, time and again, holds up no other.
    /// * When the disk fails, the log says so, [`Stats::spool_failures`](crate::Stats::spool_failures) counts, and spans stay
    ///   in memory, as if there were no spool.
    ///
    /// All use of the disk is on the export thread. For what is sent by OTLP; an exporter or a processor of yours has none.
    /// There is no variable for it, and none by default. A directory that cannot be made, and a size with no room for one
    /// request, fail the build.
    pub fn spool(mut self, directory: impl Into<PathBuf>, max_bytes: u64) -> Self {
        self.spool = Some(Spool { directory: directory.into(), max_bytes });
        self
    }

    /// Sets how spans are gathered before they are sent.
    ///
    /// Defaults to the `OTEL_BSP_*` variables.
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }
}
