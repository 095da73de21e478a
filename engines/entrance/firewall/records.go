package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/corazawaf/coraza/v3/types"
)

type recordsConfig struct {
	Folder string `json:"folder"`
	// Of whom the records speak: names as AWS has them, and the place is a stand-in.
	Account      string `json:"account"`
	WebACL       string `json:"webAcl"`
	Rule         string `json:"rule"`
	RuleGroup    string `json:"ruleGroup"`
	Distribution string `json:"distribution"`
	// So often a file is written, if there is anything to write.
	Seconds int `json:"seconds"`
	// Headers whose values no record has.
	Redacted []string `json:"redacted"`
}

// One file has so many records at most: who attacks in a loop fills no disk. AWS writes all.
const mostRecords = 10_000

// record has the fields of AWS WAF's log for what blocks, spelled and cased as AWS does.
type record struct {
	Timestamp                   int64       `json:"timestamp"`
	FormatVersion               int         `json:"formatVersion"`
	WebACL                      string      `json:"webaclId"`
	TerminatingRule             string      `json:"terminatingRuleId"`
	TerminatingRuleType         string      `json:"terminatingRuleType"`
	Action                      string      `json:"action"`
	TerminatingRuleMatchDetails []any       `json:"terminatingRuleMatchDetails"`
	SourceName                  string      `json:"httpSourceName"`
	SourceID                    string      `json:"httpSourceId"`
	RuleGroups                  []ruleGroup `json:"ruleGroupList"`
	RateBasedRules              []any       `json:"rateBasedRuleList"`
	NonTerminatingMatchingRules []any       `json:"nonTerminatingMatchingRules"`
	RequestHeadersInserted      any         `json:"requestHeadersInserted"`
	ResponseCodeSent            any         `json:"responseCodeSent"`
	Request                     request     `json:"httpRequest"`
	Labels                      []label     `json:"labels"`
}
type ruleGroup struct {
	ID                          string      `json:"ruleGroupId"`
	TerminatingRule             *groupRule  `json:"terminatingRule"`
	NonTerminatingMatchingRules []groupRule `json:"nonTerminatingMatchingRules"`
	ExcludedRules               any         `json:"excludedRules"`
	CustomerConfig              any         `json:"customerConfig"`
}
type groupRule struct {
	ID      string        `json:"ruleId"`
	Action  string        `json:"action"`
	Matches []matchDetail `json:"ruleMatchDetails"`
}
type matchDetail struct {
	Condition string   `json:"conditionType"`
	Location  string   `json:"location"`
	Matched   []string `json:"matchedData"`
}
type request struct {
	ClientIP  string   `json:"clientIp"`
	Country   string   `json:"country"`
	Headers   []header `json:"headers"`
	URI       string   `json:"uri"`
	Args      string   `json:"args"`
	Version   string   `json:"httpVersion"`
	Method    string   `json:"httpMethod"`
	RequestID string   `json:"requestId"`
	Fragment  string   `json:"fragment"`
	Scheme    string   `json:"scheme"`
	Host      string   `json:"host"`
}
type header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
type label struct {
	Name string `json:"name"`
}

// recordOf writes down a blocked request. The rule set adds up what its rules find, and a last rule (949110) blocks by the sum; that one says
// nothing, so the record names the first rule of the highest severity that found something, and the others as not terminating.
func recordOf(r *http.Request, seen verdict, now time.Time, c recordsConfig) record {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	group := ruleGroup{ID: c.RuleGroup, NonTerminatingMatchingRules: []groupRule{}}
	labels := []label{}
	worst := types.RuleSeverityDebug + 1
	for _, rule := range seen.rules {
		// Rules without words prepare others, and those that add up found nothing themselves.
		if rule.Message() == "" || isSum(rule.Rule().ID()) {
			continue
		}
		one := groupRule{ID: strconv.Itoa(rule.Rule().ID()), Action: "COUNT", Matches: matchesOf(rule)}
		for _, tag := range rule.Rule().Tags() {
			if name := (label{"owasp:crs:" + tag}); strings.HasPrefix(tag, "attack-") && !slices.Contains(labels, name) {
				labels = append(labels, name)
			}
		}
		severity := rule.Rule().Severity()
		if severity == types.RuleSeverityUnset {
			severity = types.RuleSeverityDebug
		}
		if severity < worst {
			worst = severity
			if group.TerminatingRule != nil {
				before := *group.TerminatingRule
				before.Action = "COUNT"
				group.NonTerminatingMatchingRules = append(group.NonTerminatingMatchingRules, before)
			}
			one.Action = "BLOCK"
			group.TerminatingRule = &one
			continue
		}
		group.NonTerminatingMatchingRules = append(group.NonTerminatingMatchingRules, one)
	}
	if group.TerminatingRule == nil {
		group.TerminatingRule = &groupRule{ID: strconv.Itoa(seen.interruption.RuleID), Action: "BLOCK", Matches: []matchDetail{}}
	}
	var id [24]byte
	rand.Read(id[:])
	return record{
		Timestamp:                   now.UnixMilli(),
		FormatVersion:               1,
		WebACL:                      fmt.Sprintf("arn:aws:wafv2:us-east-1:%s:global/webacl/%s/stand-in", c.Account, c.WebACL),
		TerminatingRule:             c.Rule,
		TerminatingRuleType:         "MANAGED_RULE_GROUP",
		Action:                      "BLOCK",
		TerminatingRuleMatchDetails: []any{},
		SourceName:                  "CF",
		SourceID:                    c.Distribution,
		RuleGroups:                  []ruleGroup{group},
		RateBasedRules:              []any{},
		NonTerminatingMatchingRules: []any{},
		Request: request{
			ClientIP:  host,
			Country:   "-",
			Headers:   headersOf(r, c.Redacted),
			URI:       r.URL.EscapedPath(),
			Args:      r.URL.RawQuery,
			Version:   r.Proto,
			Method:    r.Method,
			RequestID: hex.EncodeToString(id[:]),
			Scheme:    "http",
			Host:      r.Host,
		},
		Labels: labels,
	}
}

// isSum says whether a rule is one of those that block by the sum of what the others found.
func isSum(rule int) bool { return rule/1000 == 949 || rule/1000 == 959 || rule/1000 == 980 }

// matchesOf says where a rule found what, at most 3 places and 100 bytes of each, because a record is for people.
func matchesOf(rule types.MatchedRule) []matchDetail {
	matches := []matchDetail{}
	for _, data := range rule.MatchedDatas() {
		if len(matches) == 3 {
			break
		}
		value := data.Value()
		if isSecret(data.Key()) {
			value = "REDACTED"
		}
		if len(value) > 100 {
			value = strings.ToValidUTF8(value[:100], "")
		}
		location := data.Variable().Name()
		if data.Key() != "" {
			location += ":" + data.Key()
		}
		matches = append(matches, matchDetail{rule.Message(), location, []string{value}})
	}
	return matches
}

var secrets []string

func isSecret(name string) bool { return slices.Contains(secrets, strings.ToLower(name)) }

func headersOf(r *http.Request, redacted []string) []header {
	headers := []header{{"host", r.Host}}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		for _, value := range values {
			if slices.Contains(redacted, name) {
				value = "REDACTED"
			}
			headers = append(headers, header{name, value})
		}
	}
	slices.SortStableFunc(headers[1:], func(a, b header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}

type records struct {
	recordsConfig
	mutex   sync.Mutex
	waiting []record
	dropped int
}

func newRecords(c recordsConfig) *records {
	secrets = c.Redacted
	return &records{recordsConfig: c}
}

func (r *records) add(one record) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.waiting) == mostRecords {
		r.dropped++
		return
	}
	r.waiting = append(r.waiting, one)
}

func (r *records) keepWriting(ended context.Context) {
	ticker := time.NewTicker(time.Duration(r.Seconds) * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ended.Done():
			return
		case <-ticker.C:
			if err := r.write(); err != nil {
				log.Printf("records: %v", err)
			}
		}
	}
}

// write makes one file of what waits, by the path that AWS gives it in the bucket: a folder for five minutes. It appears as a whole.
func (r *records) write() error {
	r.mutex.Lock()
	waiting, dropped := r.waiting, r.dropped
	r.waiting, r.dropped = nil, 0
	r.mutex.Unlock()
	if dropped > 0 {
		log.Printf("records: %d more than %d were dropped", dropped, mostRecords)
	}
	if len(waiting) == 0 {
		return nil
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	encoder := json.NewEncoder(zip)
	encoder.SetEscapeHTML(false)
	for _, one := range waiting {
		if err := encoder.Encode(one); err != nil {
			return err
		}
	}
	if err := zip.Close(); err != nil {
		return err
	}
	window := time.Now().UTC().Truncate(5 * time.Minute)
	var salt [4]byte
	rand.Read(salt[:])
	folder := filepath.Join(r.Folder, "AWSLogs", r.Account, "WAFLogs", "cloudfront", r.WebACL, window.Format("2006/01/02/15/04"))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := fmt.Sprintf("%s_waflogs_cloudfront_%s_%s_%s.log.gz", r.Account, r.WebACL, window.Format("20060102T1504Z"), hex.EncodeToString(salt[:]))
	part := filepath.Join(folder, "."+name+".part")
	if err := os.WriteFile(part, packed.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(folder, name))
}
