// Package types has what others read of Amazon S3's types.
package types

// ServerSideEncryption is read by Trivy's checks of Terraform, which nothing here runs.
type ServerSideEncryption string

func (ServerSideEncryption) Values() []ServerSideEncryption { return nil }

type Object struct{ Key *string }
