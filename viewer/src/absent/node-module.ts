/** Stands for Node's own modules, which a browser has not and the decoders do not use there. */
export default {}
