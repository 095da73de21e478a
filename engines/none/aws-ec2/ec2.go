// Package ec2 is Amazon EC2 for Trivy, which would scan machine images with it. It is the largest package of all.
package ec2

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type (
	Client               struct{}
	Options              struct{}
	DescribeImagesInput  struct{ ImageIds []string }
	DescribeImagesOutput struct{ Images []Image }
	Image                struct{ BlockDeviceMappings []BlockDeviceMapping }
	BlockDeviceMapping   struct{ Ebs *EbsBlockDevice }
	EbsBlockDevice       struct{ SnapshotId *string }
)

func NewFromConfig(aws.Config, ...func(*Options)) *Client { return &Client{} }

func (*Client) DescribeImages(context.Context, *DescribeImagesInput, ...func(*Options)) (*DescribeImagesOutput, error) {
	return nil, errors.New("Amazon EC2 is not part of the embedded platform")
}
