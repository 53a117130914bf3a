#!/usr/bin/env bash
# Rolls the current build out to staging and asks it for its health.
set -euo pipefail
kubectl apply -f k8s/production/deployment.yaml --namespace staging
curl --fail --silent http://user-service.staging.example.com/health
