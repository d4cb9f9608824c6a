"""The logit lens by language: whose words each depth of a model puts forward."""
