/** Images of steps and programs, by name. The sites say where each comes from. */
export type ToolImage =
  | 'git'
  | 'crane'
  | 'kaniko'
  | 'golang'
  | 'maven'
  | 'python'
  | 'sonarScanner'
  | 'trivy'
  | 'cosign'
  /** The platform's own programs of steps and jobs. */
  | 'programs';

/** Build arguments of the services' Dockerfiles. */
export type BaseImage = 'GO_IMAGE' | 'RUNTIME_IMAGE' | 'MAVEN_IMAGE' | 'JAVA_IMAGE' | 'PYTHON_IMAGE';

export type Images = Record<ToolImage, string>;
