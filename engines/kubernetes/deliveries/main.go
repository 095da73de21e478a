// deliveries tells what Tekton Triggers makes of the bodies of webhooks, so that a test can try many without a cluster. It links the CEL
// interceptor and the templates of the very module that the EventListener and the interceptors are built from. Signatures are checked before
// that, and are not its subject.
//
// The first line of the input is a JSON object with a Trigger, its TriggerBinding and its TriggerTemplate; each other line is a body in base64,
// as a JSON text. Each line of the output is what the EventListener would create, or why nothing, and how long it took.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/tektoncd/triggers/pkg/apis/triggers/v1beta1"
	"github.com/tektoncd/triggers/pkg/interceptors"
	"github.com/tektoncd/triggers/pkg/interceptors/cel"
	"github.com/tektoncd/triggers/pkg/template"
)

type given struct {
	Trigger         v1beta1.Trigger         `json:"trigger"`
	TriggerBinding  v1beta1.TriggerBinding  `json:"triggerBinding"`
	TriggerTemplate v1beta1.TriggerTemplate `json:"triggerTemplate"`
}

type answer struct {
	Created []json.RawMessage `json:"created,omitempty"`
	Refused string            `json:"refused,omitempty"`
	// Of the processor: a machine may be busy with something else.
	Milliseconds int64 `json:"milliseconds"`
}

func main() {
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var objects given
	if err := input.Decode(&objects); err != nil {
		log.Fatal(err)
	}
	for {
		var body []byte
		if err := input.Decode(&body); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		begin := processorTime()
		said := made(objects, body)
		said.Milliseconds = (processorTime() - begin).Milliseconds()
		if err := output.Encode(said); err != nil {
			log.Fatal(err)
		}
	}
}

// processorTime is what all threads of the process have taken.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func made(objects given, body []byte) answer {
	header := http.Header{"X-Github-Event": {"push"}, "Content-Type": {"application/json"}}
	extensions := map[string]any{}
	for _, interceptor := range objects.Trigger.Spec.Interceptors {
		if interceptor.Ref.Name != "cel" {
			continue
		}
		asked := v1beta1.InterceptorRequest{
			Body:              string(body),
			Header:            header,
			Extensions:        extensions,
			InterceptorParams: interceptors.GetInterceptorParams(interceptor),
			Context:           &v1beta1.TriggerContext{EventID: "test", TriggerID: "namespaces/ci/triggers/test"},
		}
		// As over the network: what is no UTF-8 does not survive it.
		sent, err := json.Marshal(asked)
		if err != nil {
			return answer{Refused: err.Error()}
		}
		var got v1beta1.InterceptorRequest
		if err := json.Unmarshal(sent, &got); err != nil {
			return answer{Refused: err.Error()}
		}
		said := cel.NewInterceptor(nil).Process(context.Background(), &got)
		if !said.Continue {
			return answer{Refused: said.Status.Message}
		}
		for key, value := range said.Extensions {
			extensions[key] = value
		}
	}
	resolved, err := template.ResolveTrigger(objects.Trigger,
		func(string) (*v1beta1.TriggerBinding, error) { return &objects.TriggerBinding, nil },
		nil,
		func(string) (*v1beta1.TriggerTemplate, error) { return &objects.TriggerTemplate, nil })
	if err != nil {
		return answer{Refused: err.Error()}
	}
	params, err := template.ResolveParams(resolved, body, header, extensions, template.NewTriggerContext("test"))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	created := template.ResolveResources(resolved.TriggerTemplate, params)
	for _, resource := range created {
		if !json.Valid(resource) {
			return answer{Refused: "no JSON: " + string(resource)}
		}
	}
	return answer{Created: created}
}
