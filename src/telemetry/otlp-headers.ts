import type { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';

type Metadata = NonNullable<NonNullable<ConstructorParameters<typeof GrpcExporter>[0]>['metadata']>;

/** The two verbs by which the gRPC exporters take over headers; gRPC's own class comes with them, and is none of our imports. */
export function toMetadata(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = { clone: () => metadata, getMap: () => headers };
  return metadata as unknown as Metadata;
}
