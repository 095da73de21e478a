import type { BaseImage, ToolImage } from '../lib/images.ts';

/**
 * Every public image that the aws site runs or builds from; a new version is one line here. Pinned by digest (of the index of all
 * platforms), with the tag for people. Looked up in November 2026.
 */
export const toolImages = {
  git: 'docker.io/alpine/git:2.54.0@sha256:697cb1c85aefc5724febaec2202a974e0d66f6abb6be91a9a86d0c8757af692a',
  // The variant with a shell, for the scripts of image-push, image-replicate and cache-save.
  crane:
    'gcr.io/go-containerregistry/crane:debug@sha256:e78770b31258a3846f878036d9c1f63fbe4c871f9f56990bf77fd95c013e3c1b',
  // The maintained fork: Google's own is archived. Debug adds a shell, which nothing here starts.
  kaniko:
    'ghcr.io/osscontainertools/kaniko:v1.28.5-debug@sha256:d6d74217dc077acfd3094992e917c357080a2d3fdd1042a49e34e29a7e57c572',
  golang:
    'docker.io/library/golang:1.26.5-bookworm@sha256:1ecb7edf62a0408027bd5729dfd6b1b8766e578e8df93995b225dfd0944eb651',
  maven:
    'docker.io/library/maven:3.9.11-eclipse-temurin-21@sha256:6fdc855a6ed81d288ca7ca37ac6ff5e9308b612485c0801d70b25a858c83d237',
  python:
    'docker.io/library/python:3.14.7-slim-bookworm@sha256:9ab8d9c8514b44f90cf0029dd42fdd7e9e211e639c8b995304cc04568dee900f',
  sonarScanner:
    'docker.io/sonarsource/sonar-scanner-cli:12.2.0.4256_8.1.0@sha256:a3f4215076706c95a17a68c19322ee916e40a3acd081a8c1a1e839e0194afa57',
  // In March 2026 several tags of Trivy pointed to images that were not Trivy's (CVE-2026-33634).
  trivy: 'docker.io/aquasec/trivy:0.74.0@sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969',
  cosign:
    'ghcr.io/sigstore/cosign/cosign:v3.1.3@sha256:9e5c2f2edc34351160407ca3416c61855bdf9403c3c5936e0f0be7fc261611b8',
} satisfies Partial<Record<ToolImage, string>>;

/** AWS's distribution of Fluent Bit, for amd64 alone, as all nodes are. */
export const fluentBitImage =
  'public.ecr.aws/aws-observability/aws-for-fluent-bit:2.34.3.20260805@sha256:d3d6dcd80f23eeb06bc0612285545204a62ffe6feff9dea8a637a8d7236d7c27';

/**
 * The platform's own images on AWS, which whoever builds and pushes them pins here (docs/aws.md). Nothing publishes them yet: these digests are
 * of no image, so a cluster pulls none rather than one that nobody looked at.
 */
export const ownImages = {
  programs: 'sha256:0000000000000000000000000000000000000000000000000000000000000000',
  notifier: 'sha256:0000000000000000000000000000000000000000000000000000000000000000',
};

/** What watches the clusters. The embedded platform builds its own, of versions in engines/monitoring. */
export const monitoringImages = {
  prometheus:
    'docker.io/prom/prometheus:v3.15.0@sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e',
  alertmanager:
    'docker.io/prom/alertmanager:v0.34.1@sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a',
  kubeStateMetrics:
    'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0@sha256:1545919b72e3ae035454fc054131e8d0f14b42ef6fc5b2ad5c751cafa6b2130e',
  nodeExporter:
    'docker.io/prom/node-exporter:v1.12.1@sha256:1b4e4438faca4dd7e001dd445d161a4a2091b0fededa84093b3a8dfeae1f1be0',
  grafana: 'docker.io/grafana/grafana:13.2.3@sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572',
};

/** Base images of the services' Dockerfiles. */
export const baseImages = {
  GO_IMAGE: toolImages.golang,
  RUNTIME_IMAGE:
    'gcr.io/distroless/static-debian12:nonroot@sha256:afa5c872c891853ca7fcf1f12c3edb23f7eeef36189728842dd51042ff57f7ab',
  MAVEN_IMAGE: toolImages.maven,
  JAVA_IMAGE:
    'docker.io/library/eclipse-temurin:21-jre-noble@sha256:7739f0ffce786528961eea6bf46d9610ee968ac6127c9b2e93494757bdecce9f',
  PYTHON_IMAGE: toolImages.python,
} satisfies Record<BaseImage, string>;
