/**
 * AWS's own image with Node 24, for both architectures (AWS Lambda Developer Guide, "Deploy Node.js Lambda functions
 * with container images"; Amazon ECR Public Gallery, lambda/nodejs). It is public, so pulling it needs no permission,
 * and AWS patches it; a task takes the newest one of the tag.
 */
export const TASK_IMAGE = 'public.ecr.aws/lambda/nodejs:24';

/**
 * Amazon's certificate authorities, including those of RDS, as the functions have them. Without the file Node would
 * only warn, and a source on RDS would be refused by its certificate.
 */
export const CERTIFICATES = '/var/runtime/ca-cert.pem';

/** A user without rights and without a name: the image has no user of its own but root. */
export const TASK_USER = '1000:1000';
