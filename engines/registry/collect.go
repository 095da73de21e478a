package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// collector removes what no tag leads to. Distribution's own garbage collection wants a registry that nobody writes to: a push uploads
// layers first, or asks whether they are there, and names them last. So here nothing goes that was uploaded or asked for within `grace`, which
// is longer than any push takes, and nobody writes or asks while a collection runs.
type collector struct {
	// Of distribution's layout: blobs and repositories.
	root  string
	grace time.Duration
	// Held by every request that writes or asks whether something is there, and alone by a collection.
	using sync.RWMutex
}

func newCollector(storage string, grace time.Duration) *collector {
	return &collector{root: filepath.Join(storage, "docker/registry/v2"), grace: grace}
}

// folder of a blob; the digest is one of sha256.
func (c *collector) folder(hex string) string {
	return filepath.Join(c.root, "blobs/sha256", hex[:2], hex)
}

var named = regexp.MustCompile(`sha256:([0-9a-f]{64})`)

// tagged is the path of a manifest by its tag.
var tagged = regexp.MustCompile(`^/v2/([a-z0-9._/-]+)/manifests/([A-Za-z0-9_][A-Za-z0-9._-]*)$`)

// handle keeps collections and requests apart, notes what was asked for, and tells the age of a tag.
func (c *collector) handle(registry http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// Whoever pulls waits for no collection, and holds none up.
		if r.Method != http.MethodGet {
			c.using.RLock()
			defer c.using.RUnlock()
		}
		// In the path, or of another repository, as what is to be mounted from there.
		for _, match := range named.FindAllStringSubmatch(r.URL.Path+" "+r.URL.Query().Get("mount"), -1) {
			now := time.Now()
			// Who asks for what is not there marks nothing.
			_ = os.Chtimes(filepath.Join(c.folder(match[1]), "data"), now, now)
		}
		if match := tagged.FindStringSubmatch(r.URL.Path); match != nil && r.Method == http.MethodHead {
			link := filepath.Join(c.root, "repositories", filepath.Clean("/"+match[1]), "_manifests/tags", match[2], "current/link")
			if found, err := os.Stat(link); err == nil {
				w.Header().Set("Last-Modified", found.ModTime().UTC().Format(http.TimeFormat))
			}
		}
		registry.ServeHTTP(w, r)
	}
}

// keepCollecting never returns. It waits for a moment in which nobody writes, and lets nobody wait for that: an upload may hang for long.
func (c *collector) keepCollecting(every time.Duration) {
	for {
		time.Sleep(every)
		for !c.using.TryLock() {
			time.Sleep(time.Second)
		}
		removed, err := c.collect()
		c.using.Unlock()
		if err != nil {
			log.Printf("collection: nothing more is removed now: %v", err)
		} else if removed > 0 {
			log.Printf("collection: removed %d blobs", removed)
		}
	}
}

type manifest struct {
	Manifests []descriptor `json:"manifests"`
	Config    descriptor   `json:"config"`
	Layers    []descriptor `json:"layers"`
	Subject   descriptor   `json:"subject"`
}
type descriptor struct {
	Digest string `json:"digest"`
}

func (d descriptor) hex() string {
	if match := named.FindStringSubmatch(d.Digest); match != nil && len(d.Digest) == 71 {
		return match[1]
	}
	return ""
}

// old tells whether neither of the files changed within the grace. One that is missing is.
func (c *collector) old(paths ...string) (bool, error) {
	for _, path := range paths {
		found, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		if time.Since(found.ModTime()) < c.grace {
			return false, nil
		}
	}
	return true, nil
}

func (c *collector) read(hex string) (manifest, error) {
	var found manifest
	text, err := os.ReadFile(filepath.Join(c.folder(hex), "data"))
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		return found, fmt.Errorf("manifest %s: %w", hex, err)
	}
	return found, nil
}

// mark keeps a manifest and all that it names.
func (c *collector) mark(kept map[string]bool, hex string) error {
	if kept[hex] {
		return nil
	}
	kept[hex] = true
	found, err := c.read(hex)
	if errors.Is(err, fs.ErrNotExist) {
		// Of an image for several platforms not each has to be here.
		return nil
	}
	if err != nil {
		return err
	}
	for _, child := range found.Manifests {
		if hex := child.hex(); hex != "" {
			if err := c.mark(kept, hex); err != nil {
				return err
			}
		}
	}
	for _, blob := range append(found.Layers, found.Config) {
		if hex := blob.hex(); hex != "" {
			kept[hex] = true
		}
	}
	return nil
}

// repositories are the folders of all that have manifests or layers.
func (c *collector) repositories() ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(c.root, "repositories"), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.IsDir() || !strings.HasPrefix(entry.Name(), "_") {
			return err
		}
		found[filepath.Dir(path)] = true
		return fs.SkipDir
	})
	list := make([]string, 0, len(found))
	for repository := range found {
		list = append(list, repository)
	}
	return list, err
}

// names of what is in a folder; none of one that is not there.
func names(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	list := make([]string, 0, len(entries))
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list, err
}

const revisions = "_manifests/revisions/sha256"

// collect removes manifests that no tag leads to and that belong to none that one leads to, and blobs that no manifest is left of. Stops at the
// first thing that it does not understand, before it removes anything. Whoever calls it holds the lock. Returns how many blobs went.
func (c *collector) collect() (int, error) {
	repositories, err := c.repositories()
	if err != nil {
		return 0, err
	}
	kept := map[string]bool{}
	// Manifests without a tag, by what they say about whom: signatures and statements.
	type untagged struct{ path, hex string }
	var rest []untagged
	for _, repository := range repositories {
		tags, err := names(filepath.Join(repository, "_manifests/tags"))
		if err != nil {
			return 0, err
		}
		for _, tag := range tags {
			link, err := os.ReadFile(filepath.Join(repository, "_manifests/tags", tag, "current/link"))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return 0, err
			}
			hex := descriptor{strings.TrimSpace(string(link))}.hex()
			if hex == "" {
				return 0, fmt.Errorf("%s: tag %s: %q is no digest", repository, tag, link)
			}
			if err := c.mark(kept, hex); err != nil {
				return 0, err
			}
		}
		known, err := names(filepath.Join(repository, revisions))
		if err != nil {
			return 0, err
		}
		for _, hex := range known {
			path := filepath.Join(repository, revisions, hex)
			rest = append(rest, untagged{path, hex})
			old, err := c.old(filepath.Join(path, "link"), filepath.Join(c.folder(hex), "data"))
			if err == nil && !old {
				err = c.mark(kept, hex)
			}
			if err != nil {
				return 0, err
			}
		}
	}
	for more := true; more; {
		more = false
		for _, one := range rest {
			if kept[one.hex] {
				continue
			}
			found, err := c.read(one.hex)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return 0, err
			}
			if subject := found.Subject.hex(); subject != "" && kept[subject] {
				if err := c.mark(kept, one.hex); err != nil {
					return 0, err
				}
				more = true
			}
		}
	}
	// Links first: what is interrupted here leaves blobs that the next collection finds.
	for _, one := range rest {
		if !kept[one.hex] {
			if err := os.RemoveAll(one.path); err != nil {
				return 0, err
			}
		}
	}
	removed := 0
	groups, err := names(filepath.Join(c.root, "blobs/sha256"))
	if err != nil {
		return 0, err
	}
	for _, group := range groups {
		blobs, err := names(filepath.Join(c.root, "blobs/sha256", group))
		if err != nil {
			return removed, err
		}
		for _, hex := range blobs {
			old, err := c.old(filepath.Join(c.root, "blobs/sha256", group, hex, "data"))
			if err != nil {
				return removed, err
			}
			if kept[hex] || !old {
				continue
			}
			if err := os.RemoveAll(filepath.Join(c.root, "blobs/sha256", group, hex)); err != nil {
				return removed, err
			}
			removed++
		}
	}
	for _, repository := range repositories {
		layers, err := names(filepath.Join(repository, "_layers/sha256"))
		if err != nil {
			return removed, err
		}
		for _, hex := range layers {
			if len(hex) != 64 || kept[hex] {
				continue
			}
			if _, err := os.Stat(filepath.Join(c.folder(hex), "data")); errors.Is(err, fs.ErrNotExist) {
				if err := os.RemoveAll(filepath.Join(repository, "_layers/sha256", hex)); err != nil {
					return removed, err
				}
			}
		}
	}
	return removed, nil
}
