/**
 * The options of the operations of AWS that the runbook uses, as the AWS CLI names them: the members of the operation's input in
 * botocore 1.43.11 (AWS CLI 1.45.11, read on 30 November 2026); of `s3 cp`, `logs tail` and `configure`, those of their pages in
 * the AWS CLI Command Reference.
 */
export const AWS_OPTIONS: Readonly<Record<string, { readonly options: string; readonly required: string }>> =
  {
    'cloudformation delete-stack': {
      options: '--client-request-token --deletion-mode --retain-resources --role-arn --stack-name',
      required: '--stack-name',
    },
    'cloudformation describe-stacks': { options: '--next-token --stack-name', required: '' },
    'cloudtrail lookup-events': {
      options: '--end-time --event-category --lookup-attributes --max-results --next-token --start-time',
      required: '',
    },
    'cloudwatch describe-alarms': {
      options:
        '--action-prefix --alarm-name-prefix --alarm-names --alarm-types --children-of-alarm-name --max-records --next-token --parents-of-alarm-name --state-value',
      required: '',
    },
    'cloudwatch list-metrics': {
      options:
        '--dimensions --include-linked-accounts --metric-name --namespace --next-token --owning-account --recently-active',
      required: '',
    },
    'cloudwatch set-alarm-state': {
      options: '--alarm-name --state-reason --state-reason-data --state-value',
      required: '--alarm-name --state-reason --state-value',
    },
    'configure export-credentials': { options: '--format --profile', required: '' },
    'configure get': { options: '', required: '' },
    'configure set': { options: '', required: '' },
    'iam list-role-policies': { options: '--marker --max-items --role-name', required: '--role-name' },
    'kms cancel-key-deletion': { options: '--key-id', required: '--key-id' },
    'lambda delete-function-concurrency': { options: '--function-name', required: '--function-name' },
    'lambda get-account-settings': { options: '', required: '' },
    'lambda get-function-concurrency': { options: '--function-name', required: '--function-name' },
    'lambda get-function-configuration': {
      options: '--function-name --qualifier',
      required: '--function-name',
    },
    'lambda get-function-event-invoke-config': {
      options: '--function-name --qualifier',
      required: '--function-name',
    },
    'lambda invoke': {
      options:
        '--client-context --durable-execution-name --function-name --invocation-type --log-type --payload --qualifier --tenant-id',
      required: '--function-name',
    },
    'logs describe-log-groups': {
      options:
        '--account-identifiers --include-linked-accounts --limit --log-group-class --log-group-identifiers --log-group-name-pattern --log-group-name-prefix --next-token',
      required: '',
    },
    'logs tail': {
      options: '--filter-pattern --follow --format --log-stream-name-prefix --log-stream-names --since',
      required: '',
    },
    's3 cp': { options: '--endpoint-url --only-show-errors --quiet --recursive', required: '' },
    's3api delete-object': {
      options:
        '--bucket --bypass-governance-retention --expected-bucket-owner --if-match --if-match-last-modified-time --if-match-size --key --mfa --request-payer --version-id',
      required: '--bucket --key',
    },
    's3api get-bucket-logging': { options: '--bucket --expected-bucket-owner', required: '--bucket' },
    's3api get-bucket-policy': { options: '--bucket --expected-bucket-owner', required: '--bucket' },
    's3api get-bucket-replication': { options: '--bucket --expected-bucket-owner', required: '--bucket' },
    's3api get-object': {
      options:
        '--bucket --checksum-mode --expected-bucket-owner --if-match --if-modified-since --if-none-match --if-unmodified-since --key --part-number --range --request-payer --response-cache-control --response-content-disposition --response-content-encoding --response-content-language --response-content-type --response-expires --sse-customer-algorithm --sse-customer-key --sse-customer-key-md5 --version-id',
      required: '--bucket --key',
    },
    's3api head-object': {
      options:
        '--bucket --checksum-mode --expected-bucket-owner --if-match --if-modified-since --if-none-match --if-unmodified-since --key --part-number --range --request-payer --response-cache-control --response-content-disposition --response-content-encoding --response-content-language --response-content-type --response-expires --sse-customer-algorithm --sse-customer-key --sse-customer-key-md5 --version-id',
      required: '--bucket --key',
    },
    's3api list-object-versions': {
      options:
        '--bucket --delimiter --encoding-type --expected-bucket-owner --key-marker --max-keys --optional-object-attributes --prefix --request-payer --version-id-marker',
      required: '--bucket',
    },
    's3api put-bucket-versioning': {
      options:
        '--bucket --checksum-algorithm --content-md5 --expected-bucket-owner --mfa --versioning-configuration',
      required: '--bucket --versioning-configuration',
    },
    's3api put-object': {
      options:
        '--acl --body --bucket --bucket-key-enabled --cache-control --checksum-algorithm --checksum-crc32 --checksum-crc32-c --checksum-crc64-nvme --checksum-md5 --checksum-sha1 --checksum-sha256 --checksum-sha512 --checksum-xxhash128 --checksum-xxhash3 --checksum-xxhash64 --content-disposition --content-encoding --content-language --content-length --content-md5 --content-type --expected-bucket-owner --expires --grant-full-control --grant-read --grant-read-acp --grant-write-acp --if-match --if-none-match --key --metadata --object-lock-legal-hold-status --object-lock-mode --object-lock-retain-until-date --request-payer --server-side-encryption --sse-customer-algorithm --sse-customer-key --sse-customer-key-md5 --ssekms-encryption-context --ssekms-key-id --storage-class --tagging --website-redirect-location --write-offset-bytes',
      required: '--bucket --key',
    },
    'scheduler get-schedule': { options: '--group-name --name', required: '--name' },
    'scheduler list-schedules': {
      options: '--group-name --max-results --name-prefix --next-token --state',
      required: '',
    },
    'scheduler update-schedule': {
      options:
        '--action-after-completion --client-token --description --end-date --flexible-time-window --group-name --kms-key-arn --name --schedule-expression --schedule-expression-timezone --start-date --state --target',
      required: '--flexible-time-window --name --schedule-expression --target',
    },
    'secretsmanager put-secret-value': {
      options:
        '--client-request-token --rotation-token --secret-binary --secret-id --secret-string --version-stages',
      required: '--secret-id',
    },
    'secretsmanager replicate-secret-to-regions': {
      options: '--add-replica-regions --force-overwrite-replica-secret --secret-id',
      required: '--add-replica-regions --secret-id',
    },
    'sqs get-queue-url': { options: '--queue-name --queue-owner-aws-account-id', required: '--queue-name' },
    'sqs purge-queue': { options: '--queue-url', required: '--queue-url' },
    'sqs receive-message': {
      options:
        '--attribute-names --max-number-of-messages --message-attribute-names --message-system-attribute-names --queue-url --receive-request-attempt-id --visibility-timeout --wait-time-seconds',
      required: '--queue-url',
    },
    'stepfunctions list-executions': {
      options:
        '--map-run-arn --max-results --next-token --redrive-filter --state-machine-arn --status-filter',
      required: '',
    },
    'stepfunctions start-execution': {
      options: '--input --name --state-machine-arn --trace-header',
      required: '--state-machine-arn',
    },
    'sts get-caller-identity': { options: '', required: '' },
  };

/** Options that every operation takes (AWS CLI Command Reference, "Global options", and its pages on pagination and input). */
export const GLOBAL_OPTIONS = [
  '--query',
  '--output',
  '--profile',
  '--region',
  '--no-cli-pager',
  '--max-items',
  '--page-size',
  '--cli-read-timeout',
  '--cli-connect-timeout',
  '--cli-binary-format',
  '--cli-input-json',
];
