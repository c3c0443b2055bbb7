# Ferrite. `make build` and `make run` are all one needs; the rest is for work on it.

GO      ?= go
BIN     ?= bin
DATA    ?= ./ferrite-data
FLAGS   ?=
SUDO    := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
DEBS    := postgresql-client postgresql-15 redis-tools redis-server
FUZZ    ?= 30s
FUZZ_SERVER ?= 10m
SPECS   ?=
ISOLATION ?=

.PHONY: build run test deps race crash full-disk serializable bench bench-memory bench-against isolation fuzz fuzz-server fmt vet clean

build: ## bin/ferrited
	$(GO) build -o $(BIN)/ferrited ./cmd/ferrited

run: build ## serve on the default ports
	$(BIN)/ferrited --data $(DATA) $(FLAGS)

# What the tests talk to: real clients and servers of PostgreSQL and Redis.
deps:
	$(GO) mod download
	@missing=""; for p in $(DEBS); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ] && command -v apt-get >/dev/null; then \
		echo "installing$$missing"; \
		$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; \
	fi
	@command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq nodejs npm
	@cd test/clients && npm install --silent --no-package-lock --no-audit --no-fund

test: deps vet ## everything that must hold before a change lands
	$(GO) build ./...
	$(GO) test -timeout 20m ./...

race: ## the concurrent packages under the race detector
	$(GO) test -race -timeout 30m ./kv/... ./txn/... ./sql/exec ./sql/session/... ./wire/...

crash: ## kill the server 200 times; kill and damage stores, then open them again
	$(GO) test -timeout 30m -count=1 -v -run TestKill ./test/crash -kills 200
	$(GO) test -timeout 30m -run 'Crash|Kill|Recover|Fault|Damage' ./kv/... ./txn/...

full-disk: ## fill a real file system under a server; needs root
	$(GO) test -timeout 10m -count=1 -v -run FullFileSystem ./test/crash -tmpfs

serializable: ## anomalies, histories and their checker
	$(GO) test -timeout 30m ./txn/local/...
	$(GO) test -timeout 30m -count=1 -v -run Local ./txn/txntest -txns 600000

bench: build ## against postgres and redis on this machine
	$(GO) run ./cmd/bench

bench-memory: build ## peaks of resident memory under large transactions
	$(GO) run ./cmd/bench -only memory

bench-against: build ## against the ferrited binary AGAINST of another release, seven rounds
	$(GO) run ./cmd/bench -only pgbench -against $(AGAINST) -rounds 7
	$(GO) run ./cmd/bench -only redis -against $(AGAINST) -rounds 7

isolation: ## the isolation specs of a PostgreSQL 15 source checkout: make isolation SPECS=dir
	@[ -n "$(SPECS)" ] || { echo "SPECS must name a checkout of PostgreSQL's source"; exit 1; }
	$(GO) test -timeout 30m -count=1 -v -run TestPostgresSpecs ./test/isolation -specs $(abspath $(SPECS)) $(ISOLATION)

fuzz: ## every fuzz target for FUZZ
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZ) $$pkg || exit 1; \
		done; \
	done

fuzz-server: build ## attack a running server over both ports for FUZZ_SERVER
	$(GO) run ./cmd/fuzzserver -ferrited $(BIN)/ferrited -duration $(FUZZ_SERVER)

fmt:
	gofmt -l -w $$(git ls-files '*.go')

vet:
	$(GO) vet ./...
	@bad=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$bad" ] || { echo "not formatted: $$bad"; exit 1; }

clean:
	rm -rf $(BIN)
