export { LifeboatError } from '../engine/ground/errors.ts';
