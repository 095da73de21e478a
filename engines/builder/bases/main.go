// bases tells how Kaniko itself reads Dockerfiles, so that a test can compare our reader with it. It links Kaniko's own parser and its own
// resolution of stages and build arguments, of the very module that the executor is built from.
//
// Each line of the input is a JSON object with a Dockerfile in base64 and the build arguments, NAME=value. Each line of the output is what
// Kaniko makes of it: the images that it would pull, and every instruction with the line it begins at; or an error.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chainguard-dev/kaniko/pkg/config"
	"github.com/chainguard-dev/kaniko/pkg/constants"
	"github.com/chainguard-dev/kaniko/pkg/dockerfile"
	"github.com/chainguard-dev/kaniko/pkg/executor"
	"github.com/chainguard-dev/kaniko/pkg/util"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/sirupsen/logrus"
)

type given struct {
	Dockerfile []byte   `json:"dockerfile"`
	Args       []string `json:"args"`
}

type instruction struct {
	Name string `json:"name"`
	Line int    `json:"line"`
}

type read struct {
	Bases        []string      `json:"bases"`
	Instructions []instruction `json:"instructions"`
	Error        string        `json:"error,omitempty"`
}

func main() {
	logrus.SetOutput(io.Discard)
	folder, err := os.MkdirTemp("", "bases-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked given
		if err := input.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		answer, err := readBy(filepath.Join(folder, "Dockerfile"), asked)
		if err != nil {
			answer = read{Error: err.Error()}
		}
		if err := output.Encode(answer); err != nil {
			log.Fatal(err)
		}
	}
}

func readBy(path string, asked given) (answer read, err error) {
	// Kaniko ends by a panic here and there, and so builds nothing.
	defer func() {
		if reason := recover(); reason != nil {
			answer, err = read{}, fmt.Errorf("panic: %v", reason)
		}
	}()
	if err := os.WriteFile(path, asked.Dockerfile, 0o600); err != nil {
		return read{}, err
	}
	parsed, err := parser.Parse(bytes.NewReader(asked.Dockerfile))
	if err != nil {
		return read{}, err
	}
	answer.Bases = []string{}
	for _, node := range parsed.AST.Children {
		answer.Instructions = append(answer.Instructions, instruction{strings.ToUpper(node.Value), node.StartLine})
	}

	options := &config.KanikoOptions{DockerfilePath: path, BuildArgs: asked.Args}
	parsedStages, metaArgs, err := dockerfile.ParseStages(options)
	if err != nil {
		return read{}, err
	}
	stages, err := dockerfile.MakeKanikoStages(options, parsedStages, metaArgs)
	if err != nil {
		return read{}, err
	}
	executor.ResolveCrossStageInstructions(stages)

	// What is pulled: the bases that are no stage, and what is copied from that is no earlier stage. Kaniko resolves the name of a base twice.
	var variables []string
	for _, command := range metaArgs {
		for _, arg := range command.Args {
			variables = append(variables, arg.Key+"="+arg.ValueString())
		}
	}
	variables = append(variables, asked.Args...)
	var pulled []string
	for index, stage := range stages {
		base, err := util.ResolveEnvironmentReplacement(stage.BaseName, variables, false)
		if err != nil {
			return read{}, err
		}
		if base != constants.NoBaseImage && !stage.BaseImageStoredLocally {
			pulled = append(pulled, base)
		}
		for _, command := range stage.Commands {
			copied, is := command.(*instructions.CopyCommand)
			if !is || copied.From == "" {
				continue
			}
			if number, err := strconv.Atoi(copied.From); err != nil || number < 0 || number >= index {
				pulled = append(pulled, copied.From)
			}
		}
	}
	for _, image := range pulled {
		if !slices.Contains(answer.Bases, image) {
			answer.Bases = append(answer.Bases, image)
		}
	}
	return answer, nil
}
