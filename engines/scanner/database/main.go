// Database makes a small vulnerability database for Trivy out of a few public advisories, with Trivy's own library: where the
// database of the internet cannot be had, a scan is a real scan with this one, and says so. It makes an empty index of Java archives too,
// without which Trivy reads none.
//
//	database CACHE    writes CACHE/db and CACHE/java-db, as `trivy --cache-dir CACHE` reads them
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "engines/scanner/sqlite"
	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	javadb "github.com/aquasecurity/trivy-java-db/pkg/db"
	bolt "go.etcd.io/bbolt"
)

//go:embed advisories.json
var advisories []byte

type advisory struct {
	// Ecosystem is "go", "pip", "maven", or a distribution with its version ("debian 12").
	Ecosystem  string
	Package    string
	ID         string
	Severity   string
	Vulnerable string
	Fixed      string
	// Status says why there is no fixed version.
	Status string
	Title  string
}

// sources are the data sources of ecosystems by the names that Trivy looks for.
var sources = map[string]types.DataSource{
	"go":        {ID: "ghsa", Name: "GitHub Security Advisory Go", URL: "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Ago"},
	"pip":       {ID: "ghsa", Name: "GitHub Security Advisory pip", URL: "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Apip"},
	"maven":     {ID: "ghsa", Name: "GitHub Security Advisory Maven", URL: "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Amaven"},
	"debian 12": {ID: "debian", Name: "Debian Security Tracker", URL: "https://salsa.debian.org/security-tracker-team/security-tracker"},
	// No image of the embedded platform has it, and the canaries of tasks/trivy-scan ask every database for it.
	"ubuntu 24.04": {ID: "ubuntu", Name: "Ubuntu CVE Tracker", URL: "https://git.launchpad.net/ubuntu-cve-tracker"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: database CACHE")
		os.Exit(2)
	}
	if err := write(os.Args[1], time.Now().UTC()); err != nil {
		fmt.Fprintln(os.Stderr, "database:", err)
		os.Exit(1)
	}
}

func write(cache string, now time.Time) error {
	var list []advisory
	if err := json.Unmarshal(advisories, &list); err != nil {
		return fmt.Errorf("advisories.json: %w", err)
	}
	folder := filepath.Join(cache, "db")
	if err := db.Init(folder); err != nil {
		return err
	}
	config := db.Config{}
	if err := config.BatchUpdate(func(tx *bolt.Tx) error { return put(config, tx, list) }); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if err := metadata.NewClient(folder).Update(metadata.Metadata{
		Version: db.SchemaVersion, UpdatedAt: now, NextUpdate: now, DownloadedAt: now,
	}); err != nil {
		return err
	}
	return writeJava(filepath.Join(cache, "java-db"), now)
}

func put(config db.Config, tx *bolt.Tx, list []advisory) error {
	for _, one := range list {
		source, known := sources[one.Ecosystem]
		if !known {
			return fmt.Errorf("%s: unknown ecosystem %q", one.ID, one.Ecosystem)
		}
		severity, err := types.NewSeverity(one.Severity)
		if err != nil {
			return fmt.Errorf("%s: %w", one.ID, err)
		}
		// Languages have a bucket for each source, distributions one for each version.
		bucket := one.Ecosystem
		entry := types.Advisory{FixedVersion: one.Fixed, Status: types.NewStatus(one.Status), Severity: severity}
		if source.ID == "ghsa" {
			bucket += "::" + source.Name
			entry = types.Advisory{VulnerableVersions: []string{one.Vulnerable}, PatchedVersions: []string{one.Fixed}}
		}
		if err := config.PutDataSource(tx, bucket, source); err != nil {
			return err
		}
		if err := config.PutAdvisory(tx, []string{bucket, one.Package}, one.ID, &entry); err != nil {
			return err
		}
		if err := config.PutVulnerability(tx, one.ID, types.Vulnerability{
			Title: one.Title, Severity: one.Severity, VendorSeverity: types.VendorSeverity{source.ID: severity},
		}); err != nil {
			return err
		}
		if err := config.PutVulnerabilityID(tx, one.ID); err != nil {
			return err
		}
	}
	return nil
}

func writeJava(folder string, now time.Time) error {
	java, err := javadb.New(folder)
	if err != nil {
		return err
	}
	if err := java.Init(); err != nil {
		return err
	}
	if err := java.Close(); err != nil {
		return err
	}
	client := javadb.NewMetadata(folder)
	return client.Update(javadb.Metadata{Version: javadb.SchemaVersion, UpdatedAt: now, NextUpdate: now, DownloadedAt: now})
}
