.DEFAULT_GOAL := help
.PHONY: help run build test browser vendor-client check generate dev bench crash fuzz cover clean

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
TOOLS := go tool -modfile=.ci/tools/go.mod
# Parsing pages and migrations and hashing passwords would be most of what the race detector looks at. None of that is
# ours: these packages share no memory with our goroutines, and have no locks or atomics that order what ours do.
UNSHARED := golang.org/x/net/html github.com/PuerkitoBio/goquery github.com/andybalholm/cascadia golang.org/x/crypto/argon2 \
  golang.org/x/crypto/blake2b github.com/pressly/goose/v3/internal/sqlparser
RACE := -race $(foreach package,$(UNSHARED),-gcflags=$(package)=-race=false)
SOURCES := $$(git ls-files -co --exclude-standard -- '*.go' | grep -v _templ.go)

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then serve on http://127.0.0.1:8080 (sandbox unless HMS_ACCESS_KEY and HMS_SECRET are set)
	@exec bin/roomledger serve

build: ## leave the program at bin/roomledger
	@go build -trimpath -ldflags "-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)" -o bin/roomledger ./cmd/roomledger

test: check browser vendor-client ## every test, with the browser ones
	@# three packages at once: most wait for disks and browsers. The check has vetted them; a race is told at once, and
	@# not while the program takes the second for which it lingers otherwise. Their heaps are small: collected at each
	@# doubling, they would be a sixth of the work.
	GORACE=atexit_sleep_ms=0 GOGC=400 go test $(RACE) -vet=off -shuffle=on -timeout 10m -p 3 ./...
	go test -vet=off -run TestRebuiltEqualsLive ./handlers/ledger # in full, without the race detector

browser: # the browser tests need Chromium: install it where it is missing and that works
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ echo "installing Chromium for the browser tests"; \
	  S=; [ "$$(id -u)" = 0 ] || S="sudo -n"; \
	  $$S apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$S apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	echo "Chromium could not be installed: the browser tests say so"

vendor-client: build # the vendor's own Node client against the sandbox, where Node is
	@if ! command -v npm >/dev/null; then echo "the vendor's client is not run: there is no Node here"; \
	elif [ .ci/sdk/node_modules/.package-lock.json -nt .ci/sdk/package-lock.json ] || \
	  npm ci --prefix .ci/sdk --no-audit --no-fund --loglevel=error >/dev/null; then node .ci/sdk/every-method.mjs bin/roomledger; \
	else echo "the vendor's client is not run: npm could not install it"; fi

check: ## formatting, vet, staticcheck, generated files up to date
	@out=$$($(TOOLS) gofumpt -l $(SOURCES)); [ -z "$$out" ] || { echo "not formatted (gofumpt -w):"; echo "$$out"; exit 1; }
	@go tool templ fmt -fail views
	@go tool templ generate -check -path views
	go vet ./...
	@out=$$(go fix -diff ./...); [ -z "$$out" ] || { echo "$$out"; echo "run: go fix ./..."; exit 1; }
	$(TOOLS) staticcheck ./...

generate: ## make the *_templ.go files again
	go tool templ generate -path views
	go tool templ fmt views

dev: ## serve, and start again when a source changes
	@while :; do touch bin/.started 2>/dev/null || mkdir -p bin; \
	  $(MAKE) -s generate build && { bin/roomledger serve & pid=$$!; }; \
	  trap 'kill $$pid 2>/dev/null; exit 0' INT TERM; \
	  touch bin/.started; \
	  until find cmd web views static handlers db -newer bin/.started -type f ! -name '*_templ.go' | grep -q .; do sleep 1; done; \
	  kill $$pid 2>/dev/null; wait $$pid 2>/dev/null; done

bench: ## measure, figure beside target; fails on a miss
	@command -v sqlite3 >/dev/null || { echo "installing sqlite3, which the export is measured beside"; \
	  S=; [ "$$(id -u)" = 0 ] || S="sudo -n"; \
	  $$S apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$S apt-get install -y -qq --no-install-recommends sqlite3 >/dev/null; } || \
	echo "sqlite3 could not be installed: the export's row says so"
	go run ./cmd/bench

crash: ## the full kill -9 test: 200 submits, killed at random points
	ROOMLEDGER_CRASH_SUBMITS=200 go test -run TestKilledAtRandom -timeout 20m -v ./cmd/roomledger

fuzz: ## any call with any parameters against the sandbox, for a minute
	go test -run '^$$' -fuzz FuzzCalls -fuzztime 1m ./web/sandbox

cover: ## test coverage by package
	go test -cover ./...

clean: ## remove what was built
	rm -rf bin
